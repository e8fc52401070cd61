// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/script_file.h"

#include "core/base/files.h"
#include "core/latent/export/script_writer.h"
#include "core/latent/generator_file.h"
#include "core/latent/network/opened_network.h"

#include <torch/csrc/jit/api/module.h>

#include <cstring>
#include <sstream>

namespace saddle {

Status writeTorchScript(const std::filesystem::path& path, const GeneratorModel& model, const Catalog& catalog)
{
    const Result<ScriptText> script = writeScript(model, catalog);
    if (!script)
        return script.error();
    std::ostringstream bytes;
    try {
        torch::jit::Module module("SaddleGenerator");
        for (const auto& [name, host] : script->tensors) {
            const torch::Tensor tensor = torch::empty(host.shape, torch::kFloat);
            std::memcpy(tensor.mutable_data_ptr(), host.data.data(), host.data.size());
            module.register_parameter(name, tensor, false);
        }
        module.define(script->source);
        module.eval();
        Json document = {{"format", generatorFileVersion}};
        document.update(headToJson(model.head));
        module.save(bytes, {{generatorKey, document.dump()}});
    } catch (const std::exception& thrown) {
        return torchError(
            thrown, "it cannot be written as TorchScript", path.string(), "export it as safetensors or ONNX");
    }
    return writeFileWhole(path, bytes.str());
}

} // namespace saddle
