# SPDX-License-Identifier: GPL-3.0-or-later
# Finds the classes of ONNX's file format and makes the target Onnx::Proto. Of ONNX's own package file only this is
# taken: the rest of the library checks and converts models, which nothing here asks for.

find_path(ONNX_INCLUDE_DIR onnx/onnx_pb.h)
find_library(ONNX_PROTO_LIBRARY onnx_proto)
find_path(PROTOBUF_INCLUDE_DIR google/protobuf/message.h)
find_library(PROTOBUF_LIBRARY protobuf)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Onnx
    REQUIRED_VARS ONNX_PROTO_LIBRARY ONNX_INCLUDE_DIR PROTOBUF_LIBRARY PROTOBUF_INCLUDE_DIR)

if(Onnx_FOUND AND NOT TARGET Onnx::Proto)
    add_library(Onnx::Proto INTERFACE IMPORTED)
    target_include_directories(Onnx::Proto SYSTEM INTERFACE ${ONNX_INCLUDE_DIR} ${PROTOBUF_INCLUDE_DIR})
    target_compile_definitions(Onnx::Proto INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)
    target_link_libraries(Onnx::Proto INTERFACE ${ONNX_PROTO_LIBRARY} ${PROTOBUF_LIBRARY})
endif()
mark_as_advanced(ONNX_INCLUDE_DIR ONNX_PROTO_LIBRARY PROTOBUF_INCLUDE_DIR PROTOBUF_LIBRARY)
