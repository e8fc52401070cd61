# SPDX-License-Identifier: GPL-3.0-or-later
# Writes OUTPUT, a source with a function FUNCTION that returns every file that FILES, such as FOLDER/*.json, fits:
#   cmake -DFILES=… -DFUNCTION=… -DOUTPUT=… -P EmbedFiles.cmake
# The window and the command line then have the same files wherever they run, with Qt or without.
file(GLOB files ${FILES})
list(SORT files)
set(entries "")
foreach(file ${files})
    cmake_path(GET file STEM name)
    file(READ ${file} text)
    string(APPEND entries "    {\"${name}\", R\"file(${text})file\"},\n")
endforeach()
list(LENGTH files count)
file(WRITE ${OUTPUT} "#include \"core/base/shipped_files.h\"\n\n#include <array>\n\nnamespace saddle {\n\nnamespace {\n\n"
    "const std::array<ShippedFile, ${count}> files {{\n${entries}}};\n\n} // namespace\n\n"
    "std::span<const ShippedFile> ${FUNCTION}() { return files; }\n\n} // namespace saddle\n")
