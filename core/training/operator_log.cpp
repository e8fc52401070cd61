// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/operator_log.h"

#include <ATen/record_function.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <numeric>
#include <stdexcept>

namespace saddle {

namespace {

using Clock = std::chrono::steady_clock;
using Inputs = c10::ArrayRef<const c10::IValue>;

/// One call under way. Calls nest, so that each thread has a stack of them.
struct Call : at::ObserverContext {
    Clock::time_point begin;
    Call* caller = nullptr;
    bool part = false; ///< of a convolution or a product, which stands for all that it calls
    bool asks = false; ///< for a number that the host is to have
    double arithmetic = 0; ///< negative: an operator of which it is not known
    double inner = 0; ///< seconds in calls that have a record of their own
};

thread_local Call* current = nullptr;

double product(at::IntArrayRef sizes)
{
    return std::accumulate(sizes.begin(), sizes.end(), 1.0, std::multiplies<>{});
}

/// Where each weight of a convolution is used once: the places of its smaller map, times samples.
double convolutionPlaces(const torch::Tensor& input, const torch::Tensor& weight, Inputs inputs, std::size_t stride)
{
    const bool transposed = inputs[stride + 3].toBool();
    double places = static_cast<double>(input.size(0));
    const auto strides = inputs[stride].toIntVector();
    const auto paddings = inputs[stride + 1].toIntVector();
    for (std::int64_t axis = 2; axis < input.dim(); ++axis) {
        const auto at = static_cast<std::size_t>(axis - 2);
        const std::int64_t down = (input.size(axis) + 2 * paddings[at] - weight.size(axis)) / strides[at] + 1;
        places *= static_cast<double>(transposed ? input.size(axis) : down);
    }
    return places;
}

/// Multiplications and additions of a call; negative for operators that are mostly not arithmetic.
double arithmeticOf(std::string_view name, const at::RecordFunction& function)
{
    if (name != "convolution" && name != "convolution_backward" && name != "mm" && name != "bmm" && name != "addmm"
        && !name.starts_with("winograd"))
        return -1;
    const Inputs inputs = function.inputs();
    if (name == "convolution") {
        const torch::Tensor weight = inputs[1].toTensor();
        return 2 * convolutionPlaces(inputs[0].toTensor(), weight, inputs, 3) * product(weight.sizes());
    }
    if (name == "convolution_backward") {
        const torch::Tensor weight = inputs[2].toTensor();
        const auto wanted = inputs[10].toBoolList(); // gradients of input, weight, bias
        const double products = (wanted.get(0) ? 1 : 0) + (wanted.get(1) ? 1 : 0);
        return 2 * products * convolutionPlaces(inputs[1].toTensor(), weight, inputs, 4) * product(weight.sizes());
    }
    if (name.starts_with("winograd")) // a map, and the channels that it leads to by windows of 3 × 3
        return 2 * 9 * product(inputs[0].toTensor().sizes()) * static_cast<double>(inputs[1].toInt());
    const std::size_t first = name == "addmm" ? 1 : 0;
    return 2 * product(inputs[first].toTensor().sizes())
        * static_cast<double>(inputs[first + 1].toTensor().sizes().back());
}

/// Whatever brings a tensor to another device ends in copy_.
bool crossesDevices(std::string_view name, const at::RecordFunction& function)
{
    return name == "copy_" && function.inputs()[0].toTensor().device() != function.inputs()[1].toTensor().device();
}

} // namespace

class OperatorLog::Records {
public:
    static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function)
    {
        auto call = std::make_unique<Call>();
        call->caller = current;
        call->part = current && (current->part || current->arithmetic >= 0);
        if (Records* log = active.load())
            log->enter(nameOf(function), function, *call);
        current = call.get();
        call->begin = Clock::now();
        return call;
    }

    static void end(const at::RecordFunction& function, at::ObserverContext* context)
    {
        const auto& call = *static_cast<Call*>(context);
        const double seconds = std::chrono::duration<double>(Clock::now() - call.begin).count();
        current = call.caller;
        if (call.part)
            return;
        if (call.caller)
            call.caller->inner += seconds;
        if (Records* log = active.load())
            log->leave(nameOf(function), seconds - call.inner, std::max(0.0, call.arithmetic));
    }

    static std::atomic<Records*> active;

    std::atomic<std::int64_t> calls = 0;
    std::atomic<std::int64_t> hostReads = 0;
    std::atomic<std::int64_t> deviceCopies = 0;
    std::mutex mutex;
    std::map<std::string, OperatorUse, std::less<>> uses;

private:
    static std::string_view nameOf(const at::RecordFunction& function)
    {
        const std::string_view name = function.name();
        return name.substr(name.rfind(':') + 1);
    }

    void enter(std::string_view name, const at::RecordFunction& function, Call& call)
    {
        ++calls;
        call.asks = (name == "item" || name == "is_nonzero") && (!call.caller || call.caller->asks);
        hostReads += name == "_local_scalar_dense" && (!call.caller || call.caller->asks);
        deviceCopies += crossesDevices(name, function);
        call.arithmetic = call.part ? -1 : arithmeticOf(name, function);
    }

    void leave(std::string_view name, double seconds, double arithmetic)
    {
        const std::lock_guard lock(mutex);
        auto found = uses.find(name);
        if (found == uses.end())
            found = uses.emplace(name, OperatorUse{std::string(name)}).first;
        ++found->second.calls;
        found->second.seconds += seconds;
        found->second.arithmetic += arithmetic;
    }
};

std::atomic<OperatorLog::Records*> OperatorLog::Records::active = nullptr;

OperatorLog::OperatorLog()
    : m_records(std::make_unique<Records>())
{
    Records* none = nullptr;
    if (!Records::active.compare_exchange_strong(none, m_records.get()))
        throw std::logic_error("operators are being watched already");
    m_handle = at::addGlobalCallback(
        at::RecordFunctionCallback(Records::begin, Records::end).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
}

OperatorLog::~OperatorLog()
{
    at::removeCallback(m_handle);
    Records::active = nullptr;
}

std::int64_t OperatorLog::calls() const
{
    return m_records->calls;
}

std::int64_t OperatorLog::hostReads() const
{
    return m_records->hostReads;
}

std::int64_t OperatorLog::deviceCopies() const
{
    return m_records->deviceCopies;
}

std::vector<OperatorUse> OperatorLog::uses() const
{
    const std::lock_guard lock(m_records->mutex);
    std::vector<OperatorUse> all;
    for (const auto& [name, use] : m_records->uses)
        all.push_back(use);
    std::sort(all.begin(), all.end(), [](const auto& one, const auto& other) { return one.seconds > other.seconds; });
    return all;
}

double measuredPeak()
{
    constexpr std::int64_t side = 1024;
    const torch::NoGradGuard guard;
    const torch::Tensor one = at::ones({side, side});
    torch::Tensor result = at::empty({side, side});
    double best = 0;
    for (const auto begin = Clock::now(); Clock::now() - begin < std::chrono::seconds(1);) {
        const auto start = Clock::now();
        at::mm_out(result, one, one);
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        best = std::max(best, 2.0 * side * side * side / seconds);
    }
    return best;
}

} // namespace saddle
