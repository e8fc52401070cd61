// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/export_model.h"

#include "core/base/whole_file.h"
#include "core/latent/generator_file.h"
#include "core/latent/network/script_file.h"
#include "core/onnx/onnx.h"

namespace saddle {

namespace {

Status writeAs(
    const std::filesystem::path& path, const GeneratorModel& model, const Catalog& catalog, ExportFormat format)
{
    switch (format) {
    case ExportFormat::TorchScript:
        return writeTorchScript(path, model, catalog);
    case ExportFormat::Onnx:
        if (const OnnxFormat onnx = onnxFormat(); onnx.write)
            return onnx.write(path, model, catalog);
        return Error{"this build writes no ONNX files", path.string(),
            "build with libonnx (Debian: libonnx-dev, libprotobuf-dev)"};
    case ExportFormat::Safetensors:
        break;
    }
    return writeModel(path, model);
}

} // namespace

Status exportModel(const std::filesystem::path& path, const GeneratorModel& model, const Catalog& catalog,
    ExportFormat format, const std::function<bool()>& wanted)
{
    const Error cancelled{"the export was cancelled", path.string(), ""};
    if (wanted && !wanted())
        return cancelled;
    Result<WholeFile> file = WholeFile::create(path);
    if (!file)
        return file.error();
    if (const Status written = writeAs(file->temporary(), model, catalog, format); !written) {
        Error error = written.error();
        if (error.where == file->temporary().string())
            error.where = path.string();
        return error;
    }
    return wanted && !wanted() ? Status(cancelled) : file->commit();
}

} // namespace saddle
