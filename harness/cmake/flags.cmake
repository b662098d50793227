# hoshitori_flags: how every one of our files is compiled.
add_library(hoshitori_flags INTERFACE)
target_compile_definitions(hoshitori_flags INTERFACE _GNU_SOURCE)
target_compile_options(hoshitori_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
  -include ${CMAKE_CURRENT_LIST_DIR}/../base/banned.h)
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_options(hoshitori_flags INTERFACE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
endif()
if(HOSHITORI_SANITIZE OR HOSHITORI_FUZZ)
  target_compile_options(hoshitori_flags INTERFACE -fsanitize=address,undefined
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(hoshitori_flags INTERFACE -fsanitize=address,undefined)
endif()
if(HOSHITORI_FUZZ)
  target_compile_options(hoshitori_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(HOSHITORI_COVERAGE)
  target_compile_definitions(hoshitori_flags INTERFACE HOSHITORI_COVERAGE)
  target_compile_options(hoshitori_flags INTERFACE --coverage)
  target_link_options(hoshitori_flags INTERFACE --coverage)
endif()
