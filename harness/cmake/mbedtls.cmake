# Mbed::tls, an imported target: Mbed TLS (TLS, X.509, crypto) of version >= 3.6.0 and < 4.
#
# Looked for, in this order: HOSHITORI_MBEDTLS_PREFIX when it is given (then nowhere else); the prefix that
# scripts/deps builds on a Debian that has no 3.6; the system.

set(HOSHITORI_MBEDTLS_PREFIX "" CACHE PATH "Where Mbed TLS 3.6 is installed; empty: what scripts/deps built, or the system's")

# Sets VERSION_OUT to the version that INCLUDE_DIR's headers declare, or to "none".
function(mbedtls_version_read include_dir version_out)
    set(version none)
    if(include_dir AND EXISTS "${include_dir}/mbedtls/build_info.h")
        file(STRINGS "${include_dir}/mbedtls/build_info.h" line REGEX "^#define MBEDTLS_VERSION_STRING +\"")
        string(REGEX REPLACE "^.*\"([0-9.]+)\".*$" "\\1" version "${line}")
    elseif(include_dir AND EXISTS "${include_dir}/mbedtls/version.h") # 2.x kept it here
        file(STRINGS "${include_dir}/mbedtls/version.h" line REGEX "^#define MBEDTLS_VERSION_STRING +\"")
        string(REGEX REPLACE "^.*\"([0-9.]+)\".*$" "\\1" version "${line}")
    endif()
    set(${version_out} "${version}" PARENT_SCOPE)
endfunction()

# Looks in PREFIX, or in the system when PREFIX is empty, and defines Mbed::tls when what is there fits. Adds to
# FOUND_OUT what was seen, for the message that is needed when nothing fits.
function(mbedtls_try prefix found_out)
    if(TARGET Mbed::tls)
        return()
    endif()
    set(where "the system")
    set(how)
    if(prefix)
        set(where "${prefix}")
        set(how PATHS "${prefix}" NO_DEFAULT_PATH)
    endif()
    find_path(include_dir mbedtls/version.h ${how} PATH_SUFFIXES include NO_CACHE)
    mbedtls_version_read("${include_dir}" version)
    set(libraries)
    foreach(name IN ITEMS mbedtls mbedx509 mbedcrypto)
        find_library(library_${name} ${name} ${how} PATH_SUFFIXES lib NO_CACHE)
        if(library_${name})
            list(APPEND libraries "${library_${name}}")
        endif()
    endforeach()
    list(LENGTH libraries library_count)
    if(version STREQUAL none OR version VERSION_LESS 3.6.0 OR version VERSION_GREATER_EQUAL 4 OR NOT library_count EQUAL 3)
        set(${found_out} "${${found_out}} [${where}] ${version}, ${library_count} of 3 libraries" PARENT_SCOPE)
        return()
    endif()
    find_package(Threads REQUIRED)
    add_library(Mbed::tls INTERFACE IMPORTED GLOBAL)
    # Named from the highest to the lowest: the order a static link needs.
    set_target_properties(Mbed::tls PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${include_dir}"
        INTERFACE_LINK_LIBRARIES "${libraries};Threads::Threads")
    # A static 3.6 must stay invisible to a 2.28 that a library of the test programs loads.
    if(libraries MATCHES "\\.a(;|$)")
        set_target_properties(Mbed::tls PROPERTIES
            INTERFACE_LINK_OPTIONS "LINKER:--exclude-libs,libmbedtls.a:libmbedx509.a:libmbedcrypto.a")
    endif()
    set(MBED_TLS_VERSION "${version}" PARENT_SCOPE)
    list(GET libraries 0 first)
    get_filename_component(folder "${first}" DIRECTORY)
    set(MBED_TLS_LIBRARY_DIR "${folder}" PARENT_SCOPE)
    message(STATUS "Mbed TLS ${version}: ${where}")
endfunction()

set(mbedtls_seen)
if(HOSHITORI_MBEDTLS_PREFIX)
    mbedtls_try("${HOSHITORI_MBEDTLS_PREFIX}" mbedtls_seen)
else()
    if(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
        mbedtls_try("$ENV{XDG_CACHE_HOME}/hoshitori/mbedtls-3.6" mbedtls_seen)
    else()
        mbedtls_try("$ENV{HOME}/.cache/hoshitori/mbedtls-3.6" mbedtls_seen)
    endif()
    mbedtls_try("" mbedtls_seen)
endif()
if(NOT TARGET Mbed::tls)
    message(FATAL_ERROR "Mbed TLS 3.6 was not found (looked in${mbedtls_seen}): run scripts/deps, or give -DHOSHITORI_MBEDTLS_PREFIX.")
endif()
