/* Short hands of the tests of src/net. */
#ifndef DISCERN_TESTS_NET_TESTING_H
#define DISCERN_TESTS_NET_TESTING_H

#include <math.h>
#include <string.h>
#include <discern/net.h>
#include "options_testing.h"

#endif
