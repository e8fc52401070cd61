// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/open_generator.h"

#include "core/latent/file_kind.h"
#include "core/latent/generator_file.h"
#include "core/latent/network/export_model.h"
#include "core/latent/network/open_discriminator.h"
#include "core/latent/network/opened_generator.h"
#include "core/onnx/onnx.h"
#include "core/training/builtin.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <thread>

namespace saddle {

namespace {

Result<std::unique_ptr<Generator>> open(const GeneratorModel& model, const Catalog& catalog)
{
    const GeneratorHead& head = model.head;
    const std::string where = head.origin.string();
    Result<NetworkReport> report = inspectModel(model, catalog);
    if (!report)
        return report.error();
    Result<OpenedNetwork> opened =
        openNetwork(catalog, model.network, *std::move(report), model.tensors, model.device, model.format, where);
    if (!opened)
        return opened.error();
    GeneratorInfo info;
    static_cast<GeneratorHead&>(info) = head;
    info.device = opened->device.name;
    info.notes = opened->device.notes;
    info.notes.insert(info.notes.end(), model.notes.begin(), model.notes.end());
    info.canvas = planCanvas(opened->report, "generator");
    return std::unique_ptr<Generator>(std::make_unique<OpenedGenerator>(std::move(info), *std::move(opened)));
}

template <class Work>
Result<std::unique_ptr<Generator>> guarded(const std::filesystem::path& origin, const Work& work)
{
    try {
        return work();
    } catch (const std::exception& thrown) {
        return torchError(thrown, "this generator cannot be opened", origin.string(), "choose another one");
    }
}

} // namespace

Result<std::unique_ptr<Generator>> openModel(const GeneratorModel& model, const Catalog& catalog)
{
    return guarded(model.head.origin, [&] { return open(model, catalog); });
}

Result<std::unique_ptr<Generator>> openGenerator(
    const std::filesystem::path& path, const Catalog& catalog, Weights weights, Trust trust, const ScriptHints& hints)
{
    return guarded(path, [&]() -> Result<std::unique_ptr<Generator>> {
        if (std::filesystem::is_regular_file(path)) {
            const Result<FileKind> kind = fileKind(path);
            if (kind && *kind == FileKind::TorchScript) {
                if (trust == Trust::Code)
                    return openScript(path, hints);
                return Error{"a TorchScript file is code, which opening it runs", path.string(),
                    "open it only if you trust whoever made it, and say so"};
            }
        }
        const Result<GeneratorModel> model = readModel(path, catalog, weights, onnxFormat().read);
        if (!model)
            return model.error();
        return open(*model, catalog);
    });
}

LatentTools latentTools()
{
    LatentTools tools;
    tools.openModel = [](const GeneratorModel& model) { return openModel(model, builtinCatalog()); };
    tools.openDiscriminator = [](const DiscriminatorModel& model) {
        return openDiscriminatorModel(model, builtinCatalog());
    };
    tools.openScript = [](const std::filesystem::path& path, const ScriptHints& hints) {
        return openGenerator(path, builtinCatalog(), Weights::Best, Trust::Code, hints);
    };
    tools.readOnnx = onnxFormat().read;
    tools.exportModel = [](const std::filesystem::path& path, const GeneratorModel& model, ExportFormat format,
                            const std::function<bool()>& wanted) {
        return exportModel(path, model, builtinCatalog(), format, wanted);
    };
    tools.setThreads = [](int threads) {
        at::set_num_threads(
            threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
    };
    return tools;
}

} // namespace saddle
