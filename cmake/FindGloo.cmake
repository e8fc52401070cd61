# SPDX-License-Identifier: GPL-3.0-or-later
# Finds Gloo's headers and makes the target Gloo::Headers. LibTorch has Gloo's code within itself, but its own headers
# include Gloo's, which it does not bring: the library of the same package is not linked.

find_path(GLOO_INCLUDE_DIR gloo/context.h)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Gloo REQUIRED_VARS GLOO_INCLUDE_DIR)

if(Gloo_FOUND AND NOT TARGET Gloo::Headers)
    add_library(Gloo::Headers INTERFACE IMPORTED)
    target_include_directories(Gloo::Headers SYSTEM INTERFACE ${GLOO_INCLUDE_DIR})
    target_compile_definitions(Gloo::Headers INTERFACE USE_C10D_GLOO)
endif()
mark_as_advanced(GLOO_INCLUDE_DIR)
