# layer(NAME DEPENDS lower... LINK libs...): one static library per folder of
# harness/.  A layer sees its own headers and those of the layers it names, as
# <layer>/<header>; an include that points upwards is a missing file.
function(layer name)
  cmake_parse_arguments(L "" "" "DEPENDS;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/harness/${name}/*.c)
  set(view ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/harness/${name} ${view}/${name} SYMBOLIC)
  add_library(layer_${name} STATIC ${sources})
  target_include_directories(layer_${name} PUBLIC ${view})
  target_link_libraries(layer_${name} PUBLIC hoshitori_flags)
  foreach(below ${L_DEPENDS})
    target_link_libraries(layer_${name} PUBLIC layer_${below})
  endforeach()
  target_link_libraries(layer_${name} PUBLIC ${L_LINK})
endfunction()

# unit_tests(LAYER LINK libs...): every tests/unit/<layer>/*_test.c becomes one
# Criterion program and one ctest entry, unit.<layer>.<file>; every *_fuzz.c there
# becomes a fuzz target.
function(unit_tests layer)
  cmake_parse_arguments(U "" "" "LINK" ${ARGN})
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${layer}/*_test.c)
  foreach(test ${tests})
    get_filename_component(name ${test} NAME_WE)
    criterion_test(unit_${layer}_${name} unit.${layer}.${name} ${test})
    if(TARGET unit_${layer}_${name})
      target_link_libraries(unit_${layer}_${name} PRIVATE layer_${layer} ${U_LINK})
      target_compile_definitions(unit_${layer}_${name} PRIVATE
        FIXTURES="${CMAKE_SOURCE_DIR}/tests/unit/${layer}/fixtures/")
    endif()
  endforeach()
  file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${layer}/*_fuzz.c)
  foreach(fuzzer ${fuzzers})
    get_filename_component(name ${fuzzer} NAME_WE)
    fuzz_target(${layer}_${name} ${fuzzer})
    target_link_libraries(fuzz_${layer}_${name} PRIVATE layer_${layer} ${U_LINK})
  endforeach()
endfunction()

function(criterion_test target label)
  if(NOT CRITERION_FOUND OR HOSHITORI_FUZZ)
    return()
  endif()
  add_executable(${target} ${ARGN})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE hoshitori_flags PkgConfig::CRITERION)
  add_test(NAME ${label} COMMAND ${target})
  set_tests_properties(${label} PROPERTIES TIMEOUT 120)
endfunction()

# A fuzz target is libFuzzer's with HOSHITORI_FUZZ; otherwise a program that runs
# the target once over each file it is given, so that a target never rots.
function(fuzz_target name)
  add_executable(fuzz_${name} ${ARGN})
  target_link_libraries(fuzz_${name} PRIVATE hoshitori_flags)
  if(HOSHITORI_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer,address,undefined)
  else()
    target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/fuzz_once.c)
  endif()
  set_property(GLOBAL APPEND PROPERTY HOSHITORI_FUZZ_TARGETS fuzz_${name})
endfunction()
