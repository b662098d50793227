# static_verifier(TARGET): the verifier as one file that needs nothing of the system it runs on. Sanitizers and coverage
# need their own libraries, so there, and where a static library is missing, TARGET is linked as any other program.
# Sets HOSHITORI_VERIFIER_IS_STATIC. TARGET.map beside it says what each library put in.
# A library stands before those it needs. Debian 13's libcrypto can compress and so needs libz and libzstd (which comes
# with libssl-dev there); Debian 12's cannot.
set(static_verifier_libraries)
set(static_verifier_names jansson crypto z mbedtls mbedx509 mbedcrypto)
if(OPENSSL_VERSION VERSION_GREATER_EQUAL 3.2)
  list(INSERT static_verifier_names 2 zstd)
endif()
foreach(name IN LISTS static_verifier_names)
  if(name MATCHES "^mbed")
    set(wanted ${MBED_TLS_LIBRARY_DIR})
  else()
    set(wanted)
  endif()
  find_library(HOSHITORI_STATIC_${name} lib${name}.a HINTS ${wanted} NO_CACHE)
  list(APPEND static_verifier_libraries ${HOSHITORI_STATIC_${name}})
endforeach()
set(HOSHITORI_VERIFIER_IS_STATIC ON)
if(HOSHITORI_SANITIZE OR HOSHITORI_FUZZ OR HOSHITORI_COVERAGE)
  set(HOSHITORI_VERIFIER_IS_STATIC OFF)
elseif("${static_verifier_libraries}" MATCHES "NOTFOUND")
  set(HOSHITORI_VERIFIER_IS_STATIC OFF)
  message(WARNING "hoshitori-verify is not static: ${static_verifier_libraries}")
else()
  # Archives need one another in both directions.
  set(static_verifier_libraries LINKER:--start-group ${static_verifier_libraries} LINKER:--end-group)
  list(TRANSFORM static_verifier_libraries REPLACE "^LINKER:" "-Wl,")
  try_compile(HOSHITORI_STATIC_LINKS ${CMAKE_BINARY_DIR}/static_probe
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/static_probe.c ${CMAKE_SOURCE_DIR}/harness/verify/no_network.c
    COMPILE_DEFINITIONS -D_GNU_SOURCE
    LINK_OPTIONS -static-pie
    LINK_LIBRARIES ${static_verifier_libraries}
    OUTPUT_VARIABLE static_verifier_words)
  if(NOT HOSHITORI_STATIC_LINKS)
    set(HOSHITORI_VERIFIER_IS_STATIC OFF)
    message(WARNING "hoshitori-verify is not static: ${static_verifier_words}")
  endif()
endif()

function(static_verifier target)
  add_library(verify_parts OBJECT ${CMAKE_SOURCE_DIR}/harness/verify/main.c ${CMAKE_SOURCE_DIR}/harness/verify/confine.c)
  target_include_directories(verify_parts PRIVATE ${CMAKE_SOURCE_DIR}/harness)
  target_link_libraries(verify_parts PRIVATE layer_evidence)
  add_executable(${target} $<TARGET_OBJECTS:verify_parts>)
  if(NOT HOSHITORI_VERIFIER_IS_STATIC)
    target_link_libraries(${target} PRIVATE layer_evidence)
    target_link_options(${target} PRIVATE LINKER:--as-needed)
    return()
  endif()
  set(layers)
  foreach(layer IN ITEMS evidence model base)
    # A section for each function, so that the linker can leave out what nobody calls.
    target_compile_options(layer_${layer} PRIVATE -ffunction-sections -fdata-sections)
    list(APPEND layers $<TARGET_FILE:layer_${layer}>)
    add_dependencies(${target} layer_${layer})
  endforeach()
  target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/harness/verify/no_network.c)
  set_property(TARGET ${target} PROPERTY LINK_DEPENDS ${layers})
  # Not by their targets: those name the shared libraries that the other programs use.
  target_link_libraries(${target} PRIVATE hoshitori_flags ${layers} ${static_verifier_libraries})
  target_link_options(${target} PRIVATE -static-pie LINKER:--gc-sections LINKER:-z,pack-relative-relocs LINKER:-Map=${CMAKE_BINARY_DIR}/${target}.map)
endfunction()
