# SPDX-License-Identifier: GPL-3.0-or-later
# Finds the three modules of OpenCV that decode pictures and makes the target OpenCV::Images. OpenCV's own package file
# is not used: in Debian it comes with all modules and what they need, ten times as much.

find_path(OPENCV_INCLUDE_DIR opencv2/imgcodecs.hpp PATH_SUFFIXES opencv4)
find_library(OPENCV_CORE_LIBRARY opencv_core)
find_library(OPENCV_IMGPROC_LIBRARY opencv_imgproc)
find_library(OPENCV_IMGCODECS_LIBRARY opencv_imgcodecs)

if(OPENCV_INCLUDE_DIR AND EXISTS ${OPENCV_INCLUDE_DIR}/opencv2/core/version.hpp)
    file(STRINGS ${OPENCV_INCLUDE_DIR}/opencv2/core/version.hpp lines
        REGEX "define CV_VERSION_(MAJOR|MINOR|REVISION) +[0-9]+")
    string(REGEX MATCHALL "[0-9]+" parts "${lines}")
    list(JOIN parts "." OPENCV_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCV
    REQUIRED_VARS OPENCV_IMGCODECS_LIBRARY OPENCV_IMGPROC_LIBRARY OPENCV_CORE_LIBRARY OPENCV_INCLUDE_DIR
    VERSION_VAR OPENCV_VERSION)

if(OpenCV_FOUND AND NOT TARGET OpenCV::Images)
    add_library(OpenCV::Images INTERFACE IMPORTED)
    target_include_directories(OpenCV::Images SYSTEM INTERFACE ${OPENCV_INCLUDE_DIR})
    target_link_libraries(OpenCV::Images INTERFACE
        ${OPENCV_IMGCODECS_LIBRARY} ${OPENCV_IMGPROC_LIBRARY} ${OPENCV_CORE_LIBRARY})
endif()
mark_as_advanced(OPENCV_INCLUDE_DIR OPENCV_CORE_LIBRARY OPENCV_IMGPROC_LIBRARY OPENCV_IMGCODECS_LIBRARY)
