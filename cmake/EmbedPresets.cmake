# SPDX-License-Identifier: GPL-3.0-or-later
# Writes OUTPUT, a source that holds every file of FOLDER/*.json: cmake -DFOLDER=… -DOUTPUT=… -P EmbedPresets.cmake
# The window and the command line then have the same presets wherever they run, with Qt or without.
file(GLOB files ${FOLDER}/*.json)
list(SORT files)
set(entries "")
foreach(file ${files})
    cmake_path(GET file STEM name)
    file(READ ${file} text)
    string(APPEND entries "    {\"${name}\", R\"preset(${text})preset\"},\n")
endforeach()
list(LENGTH files count)
file(WRITE ${OUTPUT} "#include \"core/runs/shipped_presets.h\"\n\n#include <array>\n\nnamespace saddle {\n\nnamespace {\n\n"
    "const std::array<ShippedPreset, ${count}> presets {{\n${entries}}};\n\n} // namespace\n\n"
    "std::span<const ShippedPreset> shippedPresets() { return presets; }\n\n} // namespace saddle\n")
