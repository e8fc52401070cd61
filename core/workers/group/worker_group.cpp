// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workers/group/worker_group.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstring>

namespace saddle {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The sum over workers. Each worker's loss is a part of the whole, and each reads the same sum, so that the gradient
/// with respect to what one worker put in is the sum of all workers' gradients: the function is its own derivative.
class Summed : public torch::autograd::Function<Summed> {
public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& values, std::int64_t workers)
    {
        context->saved_data["workers"] = workers;
        const torch::Tensor total = values.clone(torch::MemoryFormat::Contiguous);
        reinterpret_cast<WorkerGroup*>(workers)->sum(total);
        return total;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients)
    {
        return {apply(gradients[0], context->saved_data["workers"].toInt()), torch::Tensor()};
    }
};

constexpr std::int64_t longestSentence = 500;

} // namespace

std::string WorkerGroup::agree(const std::string& problem)
{
    // A row for each; the others' are zero here, so that the sum lays them side by side.
    const torch::Tensor rows = at::zeros({m_size, longestSentence}, torch::kByte);
    const std::size_t length = std::min(problem.size(), static_cast<std::size_t>(longestSentence));
    std::memcpy(rows[m_rank].mutable_data_ptr(), problem.data(), length);
    sumInTheEnd(rows);
    std::string said;
    for (int worker = 0; worker < m_size; ++worker) {
        const char* const row = reinterpret_cast<const char*>(rows[worker].const_data_ptr<std::uint8_t>());
        const std::string sentence(row, strnlen(row, static_cast<std::size_t>(longestSentence)));
        if (!sentence.empty())
            said += (said.empty() ? "worker " : "; worker ") + std::to_string(worker) + ": " + sentence;
    }
    return said;
}

torch::Tensor wholeBatch(const torch::Tensor& own, WorkerGroup& workers)
{
    const std::int64_t count = own.size(0);
    const auto blank = [&own](std::int64_t rows) {
        std::vector<std::int64_t> sizes = own.sizes().vec();
        sizes[0] = rows;
        return at::zeros(sizes, own.options().requires_grad(false));
    };
    const torch::Tensor placed =
        at::cat({blank(count * workers.rank()), own, blank(count * (workers.size() - 1 - workers.rank()))});
    return Summed::apply(placed, static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(&workers)));
}

} // namespace saddle
