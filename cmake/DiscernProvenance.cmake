# What src/sys/provenance.c records of the build; configured again after every commit or check-out.
execute_process(COMMAND git describe --always --dirty --abbrev=12
                WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE DISCERN_GIT
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE git_failed)
if(git_failed)
  set(DISCERN_GIT unknown)
endif()
foreach(file HEAD logs/HEAD)
  if(EXISTS ${CMAKE_SOURCE_DIR}/.git/${file})
    set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/.git/${file})
  endif()
endforeach()

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
get_target_property(options discern_sys COMPILE_OPTIONS)
string(GENEX_STRIP "${options}" options)
list(FILTER options EXCLUDE REGEX "^-W|^$")
string(JOIN " " flags ${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${build_type}} ${options})
string(REGEX REPLACE " +" " " flags "${flags}")
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/sys/provenance.c PROPERTIES COMPILE_DEFINITIONS
  "DISCERN_VERSION=\"${PROJECT_VERSION}\";DISCERN_GIT=\"${DISCERN_GIT}\";DISCERN_COMPILER=\"${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}\";DISCERN_FLAGS=\"${flags}\"")
