# SPDX-License-Identifier: GPL-3.0-or-later
# What every target of the project shares: include root, warnings, sanitizers.

add_library(saddle_options INTERFACE)
target_include_directories(saddle_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(saddle_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # False alarms of GCC 12 on "literal" + std::string (GCC bug 105651).
    target_compile_options(saddle_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
        -Wno-array-bounds)
endif()
if(SADDLE_WERROR)
    target_compile_options(saddle_options INTERFACE -Werror)
endif()
if(SADDLE_SANITIZE)
    target_compile_options(saddle_options INTERFACE -fsanitize=${SADDLE_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(saddle_options INTERFACE -fsanitize=${SADDLE_SANITIZE})
endif()

# A static library of all sources under the given folders of the current directory. Adding a file needs no edit
# here: CONFIGURE_DEPENDS makes the next build look again.
function(saddle_library name)
    set(patterns ${ARGN})
    list(TRANSFORM patterns APPEND "/*.cpp" OUTPUT_VARIABLE sources)
    list(TRANSFORM patterns APPEND "/*.h" OUTPUT_VARIABLE headers)
    file(GLOB files CONFIGURE_DEPENDS ${sources} ${headers})
    add_library(${name} STATIC ${files})
    target_link_libraries(${name} PUBLIC saddle_options)
endfunction()
