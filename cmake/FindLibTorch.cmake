# SPDX-License-Identifier: GPL-3.0-or-later
# Finds LibTorch as the PyTorch wheel or the LibTorch archive lays it out and makes the target LibTorch::LibTorch.
#
# SADDLE_LIBTORCH (CMake or environment variable) names the folder that holds torch/include and torch/lib, or include
# and lib themselves. Without it, the folder that ./run and ./test fill is used.
#
# find_package(Torch) is not used: with a CUDA wheel it enables the CUDA language and fails where there is no nvcc.
# Only libtorch_cpu and libc10 are linked: CUDA is loaded at run time where there is one.

set(saddle_cache "$ENV{XDG_CACHE_HOME}")
if(NOT saddle_cache)
    set(saddle_cache "$ENV{HOME}/.cache")
endif()
if(NOT SADDLE_LIBTORCH AND DEFINED ENV{SADDLE_LIBTORCH})
    set(SADDLE_LIBTORCH "$ENV{SADDLE_LIBTORCH}")
endif()
set(SADDLE_LIBTORCH "${SADDLE_LIBTORCH}" CACHE PATH "Folder of LibTorch; empty means the cache folder of ./run")

if(SADDLE_LIBTORCH)
    set(hints ${SADDLE_LIBTORCH}/torch ${SADDLE_LIBTORCH})
else()
    file(GLOB hints ${saddle_cache}/saddle/libtorch/*/torch)
endif()

find_path(LIBTORCH_INCLUDE_DIR torch/csrc/api/include/torch/torch.h PATHS ${hints} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_library(LIBTORCH_CPU_LIBRARY torch_cpu PATHS ${hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_library(LIBTORCH_C10_LIBRARY c10 PATHS ${hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)
# LibTorch's CUDA half, and the headers of CUDA's runtime as PyPI packs them beside it: to compile against, not to run.
find_library(LIBTORCH_CUDA_LIBRARY torch_cuda PATHS ${hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_library(LIBTORCH_C10_CUDA_LIBRARY c10_cuda PATHS ${hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)
# NCCL's headers and those that they name are not in the CPU set: ensure_cuda_headers of packaging/setup.sh fills such a
# folder.
set(SADDLE_CUDA_HEADERS "" CACHE PATH "Folder with nvidia/cu13/include and nvidia/nccl/include; empty means LibTorch's")
list(TRANSFORM hints APPEND /../nvidia OUTPUT_VARIABLE nvidia_hints)
# HINTS come before the system's folders: a CUDA that is installed there may be another one.
find_path(LIBTORCH_CUDA_INCLUDE_DIR cuda_runtime_api.h HINTS ${nvidia_hints} PATH_SUFFIXES cu13/include)
find_path(LIBTORCH_CUDA_CRT_DIR crt/host_config.h HINTS ${nvidia_hints} PATH_SUFFIXES cu13/include) # included by those
if(SADDLE_CUDA_HEADERS)
    list(APPEND nvidia_hints ${SADDLE_CUDA_HEADERS}/nvidia)
endif()
find_path(LIBTORCH_NCCL_INCLUDE_DIR nccl.h PATHS ${nvidia_hints} PATH_SUFFIXES nccl/include NO_DEFAULT_PATH)
find_path(LIBTORCH_CUBLAS_INCLUDE_DIR cublas_v2.h PATHS ${nvidia_hints} PATH_SUFFIXES cu13/include NO_DEFAULT_PATH)
find_path(LIBTORCH_CCCL_INCLUDE_DIR nv/target PATHS ${nvidia_hints} PATH_SUFFIXES cu13/include NO_DEFAULT_PATH)

# The version stands in parts: TORCH_VERSION_MAJOR 2, ...
foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(LIBTORCH_INCLUDE_DIR AND NOT LIBTORCH_VERSION AND EXISTS ${LIBTORCH_INCLUDE_DIR}/${header})
        file(STRINGS ${LIBTORCH_INCLUDE_DIR}/${header} lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
        string(REGEX MATCHALL "[0-9]+" parts "${lines}")
        list(JOIN parts "." LIBTORCH_VERSION)
    endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
    REQUIRED_VARS LIBTORCH_CPU_LIBRARY LIBTORCH_C10_LIBRARY LIBTORCH_INCLUDE_DIR
    VERSION_VAR LIBTORCH_VERSION
    REASON_FAILURE_MESSAGE "Run ./run or ./test once, which fetch it, or point SADDLE_LIBTORCH at a folder of LibTorch 2.11 or newer.")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
    add_library(LibTorch::C10 SHARED IMPORTED)
    set_target_properties(LibTorch::C10 PROPERTIES IMPORTED_LOCATION ${LIBTORCH_C10_LIBRARY})
    add_library(LibTorch::LibTorch SHARED IMPORTED)
    set_target_properties(LibTorch::LibTorch PROPERTIES IMPORTED_LOCATION ${LIBTORCH_CPU_LIBRARY})
    target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE
        ${LIBTORCH_INCLUDE_DIR} ${LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include)
    target_link_libraries(LibTorch::LibTorch INTERFACE LibTorch::C10)
    # libtorch_cpu of the wheel needs two CUDA libraries that lie beside it and that its own RUNPATH finds; the
    # linker wants to be told.
    cmake_path(GET LIBTORCH_INCLUDE_DIR PARENT_PATH libtorch_root)
    cmake_path(GET libtorch_root PARENT_PATH libtorch_parent)
    file(GLOB nvidia_dirs ${libtorch_parent}/nvidia/*/lib)
    foreach(dir ${nvidia_dirs})
        target_link_options(LibTorch::LibTorch INTERFACE "LINKER:-rpath-link,${dir}")
    endforeach()
endif()
if(LIBTORCH_CUDA_LIBRARY AND LIBTORCH_C10_CUDA_LIBRARY AND LIBTORCH_CUDA_INCLUDE_DIR AND LIBTORCH_CUDA_CRT_DIR
    AND NOT TARGET LibTorch::Cuda)
    add_library(LibTorch::Cuda INTERFACE IMPORTED)
    target_include_directories(LibTorch::Cuda SYSTEM INTERFACE ${LIBTORCH_CUDA_INCLUDE_DIR})
    target_link_libraries(LibTorch::Cuda INTERFACE ${LIBTORCH_CUDA_LIBRARY} ${LIBTORCH_C10_CUDA_LIBRARY})
endif()
if(TARGET LibTorch::Cuda AND LIBTORCH_NCCL_INCLUDE_DIR AND LIBTORCH_CUBLAS_INCLUDE_DIR AND LIBTORCH_CCCL_INCLUDE_DIR
    AND NOT TARGET LibTorch::Nccl)
    add_library(LibTorch::Nccl INTERFACE IMPORTED)
    target_include_directories(LibTorch::Nccl SYSTEM INTERFACE
        ${LIBTORCH_NCCL_INCLUDE_DIR} ${LIBTORCH_CUBLAS_INCLUDE_DIR} ${LIBTORCH_CCCL_INCLUDE_DIR})
    target_compile_definitions(LibTorch::Nccl INTERFACE USE_C10D_NCCL) # as LibTorch itself is compiled
    target_link_libraries(LibTorch::Nccl INTERFACE LibTorch::Cuda)
endif()
mark_as_advanced(LIBTORCH_INCLUDE_DIR LIBTORCH_CPU_LIBRARY LIBTORCH_C10_LIBRARY LIBTORCH_CUDA_LIBRARY
    LIBTORCH_C10_CUDA_LIBRARY LIBTORCH_CUDA_INCLUDE_DIR LIBTORCH_CUDA_CRT_DIR LIBTORCH_NCCL_INCLUDE_DIR
    LIBTORCH_CUBLAS_INCLUDE_DIR LIBTORCH_CCCL_INCLUDE_DIR)
