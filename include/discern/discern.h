/* All public headers. */
#ifndef DISCERN_H
#define DISCERN_H

#include <discern/sys.h>
#include <discern/ad.h>
#include <discern/data.h>
#include <discern/net.h>
#include <discern/library.h>
#include <discern/regress.h>
#include <discern/ode.h>
#include <discern/optim.h>
#include <discern/method.h>
#include <discern/study.h>

#endif
