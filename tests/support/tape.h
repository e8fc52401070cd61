// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/step_graph.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>
#include <torch/types.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace saddle::test {

/// A step graph as a GPU has one, but of operators on the CPU: what is recorded below autograd is called again with the
/// very same tensors, and with the numbers of the host as they were. Work that depends on anything else of the host
/// repeats itself wrongly, as it would on a GPU.
class Tape : public StepGraph {
public:
    void record(const std::function<void()>& work) override
    {
        m_calls.clear();
        m_own.clear();
        m_before.clear();
        current() = this;
        try {
            const c10::impl::IncludeDispatchKeyGuard guard(key);
            work();
        } catch (...) {
            leave();
            throw;
        }
        leave();
    }

    void replay() override
    {
        const at::AutoDispatchBelowADInplaceOrView guard;
        for (Call& call : m_calls) {
            torch::jit::Stack stack = call.inputs;
            call.op.callBoxed(stack);
            for (std::size_t i = 0; i < stack.size(); ++i)
                write(stack[i], call.outputs[i]);
        }
        ++replays;
    }

    int replays = 0;

    static void intercept(const c10::OperatorHandle& op, c10::DispatchKeySet, torch::jit::Stack* stack)
    {
        const c10::impl::ExcludeDispatchKeyGuard guard(key);
        current()->call(op, *stack);
    }

    static constexpr auto key = c10::DispatchKey::Fake;

private:
    struct Call {
        c10::OperatorHandle op;
        torch::jit::Stack inputs;
        torch::jit::Stack outputs;
    };

    static Tape*& current()
    {
        static thread_local Tape* tape = nullptr;
        return tape;
    }

    template <typename Visit>
    static void forEach(const c10::IValue& value, const Visit& visit)
    {
        if (value.isTensor()) {
            if (value.toTensor().defined())
                visit(value.toTensor());
        } else if (value.isTensorList()) {
            for (const torch::Tensor& tensor : value.toTensorVector())
                visit(tensor);
        }
    }

    void call(const c10::OperatorHandle& op, torch::jit::Stack& stack)
    {
        static const std::set<std::string> waits{"aten::item", "aten::_local_scalar_dense", "aten::is_nonzero",
            "aten::nonzero", "aten::masked_select", "aten::equal", "aten::_unique2"};
        if (waits.contains(op.schema().name()))
            throw std::runtime_error(op.schema().name() + " waits for the device");
        const auto& arguments = op.schema().arguments();
        const auto first = stack.end() - static_cast<std::ptrdiff_t>(arguments.size());
        Call made{op, torch::jit::Stack(first, stack.end()), {}};
        // A recording leaves everything as it was.
        // Batch norm writes its running statistics and does not say so.
        const bool normalises = op.schema().name() == "aten::native_batch_norm";
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const bool running = normalises && arguments[i].name().starts_with("running_");
            if (running || (arguments[i].alias_info() && arguments[i].alias_info()->isWrite()))
                forEach(made.inputs[i], [this](const torch::Tensor& tensor) { keep(tensor); });
        }
        op.callBoxed(stack);
        made.outputs.assign(stack.end() - static_cast<std::ptrdiff_t>(op.schema().returns().size()), stack.end());
        // A view is no memory of its own.
        std::set<const void*> given;
        for (const c10::IValue& input : made.inputs)
            forEach(input, [&given](const torch::Tensor& tensor) { given.insert(tensor.storage().data()); });
        for (const c10::IValue& output : made.outputs) {
            forEach(output, [&](const torch::Tensor& tensor) {
                if (!given.contains(tensor.storage().data()))
                    m_own.insert(tensor.storage().data());
            });
        }
        m_calls.push_back(std::move(made));
    }

    void keep(const torch::Tensor& tensor)
    {
        const void* const place = tensor.storage().data();
        const auto known = [place](const auto& one) { return one.first.storage().data() == place; };
        if (m_own.contains(place) || std::any_of(m_before.begin(), m_before.end(), known))
            return;
        m_before.emplace_back(tensor, tensor.clone());
    }

    void leave()
    {
        current() = nullptr;
        const torch::NoGradGuard guard;
        for (auto& [tensor, before] : m_before)
            tensor.copy_(before);
    }

    static void write(const c10::IValue& from, const c10::IValue& to)
    {
        std::vector<torch::Tensor> values;
        forEach(from, [&values](const torch::Tensor& tensor) { values.push_back(tensor); });
        auto next = values.begin();
        forEach(to, [&next](const torch::Tensor& tensor) {
            if (next->storage().data() != tensor.storage().data())
                tensor.copy_(*next);
            ++next;
        });
    }

    std::vector<Call> m_calls;
    std::set<const void*> m_own; ///< memory of what was made while recording
    std::vector<std::pair<torch::Tensor, torch::Tensor>> m_before;
};

class TapeMaker : public StepGraphMaker {
public:
    std::unique_ptr<StepGraph> make() override
    {
        auto tape = std::make_unique<Tape>();
        tapes.push_back(tape.get());
        return tape;
    }
    std::vector<Tape*> tapes; ///< in the order they were made; some may be gone
};

} // namespace saddle::test
