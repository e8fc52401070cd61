// SPDX-License-Identifier: GPL-3.0-or-later
// A generator taken away, for other programs or for this one.
#include "core/commands/commands.h"
#include "core/commands/generating.h"
#include "core/commands/output.h"

#include "core/latent/network/export_model.h"
#include "core/onnx/onnx.h"
#include "core/runs/run_folder.h"
#include "core/training/builtin.h"

#include <cstdio>

namespace saddle {

int exportCommand(const ExportRequest& request)
{
    const std::optional<ExportFormat> format = exportFormatNamed(request.format);
    if (!format)
        return report(
            {"there is no format “" + request.format + "”", "--format", "give safetensors, torchscript or onnx"},
            Usage);
    std::filesystem::path source = request.source;
    if (request.step) {
        source = source / "checkpoints" / stepName(*request.step);
        std::error_code error;
        if (!std::filesystem::is_directory(source, error))
            return report({"there is no such checkpoint", source.string(), "give the step of one that was saved"});
    }
    Result<GeneratorModel> model = readModel(source, builtinCatalog(), weightsFrom(request.weights), onnxFormat().read);
    if (!model)
        return report(model.error());
    if (Status usable = checkOutputFile(request.out); !usable)
        return report(usable.error());
    for (const std::string& note : model->notes) {
        if (!request.quiet)
            std::fprintf(stderr, "%s\n", note.c_str());
    }
    return written(exportModel(request.out, *model, builtinCatalog(), *format), request.out);
}

} // namespace saddle
