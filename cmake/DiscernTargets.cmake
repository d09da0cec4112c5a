# discern_warnings(TARGET): our own code compiles without a warning.
function(discern_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wstrict-prototypes -Wmissing-prototypes)
  if(DISCERN_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(DISCERN_MARCH)
    target_compile_options(${target} PRIVATE -march=${DISCERN_MARCH})
  endif()
  # gcc's rule for fused multiply-adds, said aloud so that clang, whose default is narrower, follows it too.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O3> -fno-math-errno -ffp-contract=fast)
  if(DISCERN_SANITIZE)
    target_compile_options(${target} PRIVATE
      -O1 -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL EXECUTABLE)
      target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/keep_loaded.c)
    endif()
  endif()
endfunction()

# discern_folder(NAME LINK other...): library discern_NAME from src/NAME/*.c, includes and links only what LINK names.
function(discern_folder name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
  if(NOT sources)
    return()
  endif()
  add_library(discern_${name} STATIC ${sources})
  target_include_directories(discern_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(discern_${name} PUBLIC discern_dependencies)
  foreach(other IN LISTS ARG_LINK)
    target_link_libraries(discern_${name} PUBLIC discern_${other})
  endforeach()
  discern_warnings(discern_${name})
  install(TARGETS discern_${name})
endfunction()

# discern_kernels(): the ops' kernels, compiled once in each precision into discern_ad.
function(discern_kernels)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/ad/kernels/*.c)
  # The vector versions of the elementary functions are called only under these flags; this file has nothing else in it.
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/ad/kernels/vecmath.c PROPERTIES COMPILE_OPTIONS "-ffast-math")
  foreach(precision double single)
    add_library(discern_kernels_${precision} OBJECT ${sources})
    target_include_directories(discern_kernels_${precision} PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(discern_kernels_${precision} PRIVATE discern_dependencies)
    discern_warnings(discern_kernels_${precision})
    target_sources(discern_ad PRIVATE $<TARGET_OBJECTS:discern_kernels_${precision}>)
  endforeach()
  target_compile_definitions(discern_kernels_single PRIVATE DSC_KERNEL_SINGLE)
endfunction()

# discern_test(FOLDER NAME [RANKS 1 2 4] [TIMEOUT s] [LABELS l...]): a cmocka program tests/FOLDER/NAME.c, run once for
# each number of ranks (default: once, without mpiexec).
function(discern_test folder name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "RANKS;LABELS;LINK" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_LINK)
    set(ARG_LINK discern_${folder})
  endif()
  add_executable(${name} ${CMAKE_SOURCE_DIR}/tests/${folder}/${name}.c)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} PkgConfig::CMOCKA)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE
    DISCERN_SOURCE_DIR="${CMAKE_SOURCE_DIR}" DISCERN_BINARY_DIR="${CMAKE_BINARY_DIR}")
  discern_warnings(${name})
  if(NOT ARG_RANKS)
    add_test(NAME ${folder}/${name} COMMAND ${name})
    discern_test_properties(${folder}/${name} 1 ${ARG_TIMEOUT} "${ARG_LABELS}")
  endif()
  foreach(ranks IN LISTS ARG_RANKS)
    add_test(NAME ${folder}/${name}.${ranks}
             COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${ranks} $<TARGET_FILE:${name}>)
    discern_test_properties(${folder}/${name}.${ranks} ${ranks} ${ARG_TIMEOUT} "${ARG_LABELS}")
  endforeach()
endfunction()

# The environment in which MPI programs run on a small, shared machine, as root or not (cmake/environment.sh has the same
# for scripts); transports of one machine only and, for a rank alone, no daemon beside it: a start takes a quarter of the
# time; and what the sanitizers shall do: report leaks but those of MPI and friends, with our own frames in the trace,
# and take the signals that cmocka would catch.
set(DISCERN_TEST_ENVIRONMENT
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
  OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
  OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader OMPI_MCA_btl_vader_single_copy_mechanism=none
  OMPI_MCA_ess_singleton_isolated=1)
if(DISCERN_SANITIZE)
  list(APPEND DISCERN_TEST_ENVIRONMENT
    ASAN_OPTIONS=detect_leaks=1:fast_unwind_on_malloc=0:handle_segv=2:handle_sigbus=2:handle_sigfpe=2
    LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0
    UBSAN_OPTIONS=print_stacktrace=1)
endif()

function(discern_test_properties test ranks timeout labels)
  if(DISCERN_SANITIZE)
    math(EXPR timeout "5 * ${timeout}") # how much slower it may be
  endif()
  set_tests_properties(${test} PROPERTIES
    PROCESSORS ${ranks} TIMEOUT ${timeout} LABELS "${labels}" SKIP_RETURN_CODE 77
    ENVIRONMENT "${DISCERN_TEST_ENVIRONMENT}"
    ENVIRONMENT_MODIFICATION "OPENBLAS_CORETYPE=unset:;OPENBLAS_L2_SIZE=unset:")
endfunction()
