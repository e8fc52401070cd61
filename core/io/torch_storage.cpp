// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/torch_storage.h"

#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "core/io/safetensors_header.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace saddle {

namespace {

using Kind = PickleNode::Kind;

constexpr const char* anotherCopy = "use another copy of the file";

struct TypeName {
    std::string_view storage;
    std::string_view dtype;
    DType type;
};

constexpr TypeName typeNames[] = {
    {"BoolStorage", "bool", DType::Bool},
    {"ByteStorage", "uint8", DType::U8},
    {"CharStorage", "int8", DType::I8},
    {"ShortStorage", "int16", DType::I16},
    {"", "uint16", DType::U16},
    {"HalfStorage", "float16", DType::F16},
    {"BFloat16Storage", "bfloat16", DType::BF16},
    {"IntStorage", "int32", DType::I32},
    {"", "uint32", DType::U32},
    {"FloatStorage", "float32", DType::F32},
    {"DoubleStorage", "float64", DType::F64},
    {"LongStorage", "int64", DType::I64},
    {"", "uint64", DType::U64},
};

/// "torch.cuda.FloatStorage" is a FloatStorage, wherever it was.
std::string_view lastWord(std::string_view name)
{
    return name.substr(name.rfind('.') + 1);
}

std::optional<DType> typeNamed(std::string_view name, std::string_view TypeName::*column)
{
    if (!name.starts_with("torch."))
        return std::nullopt;
    const auto* found = std::find_if(std::begin(typeNames), std::end(typeNames),
        [&](const TypeName& row) { return row.*column == lastWord(name) && !(row.*column).empty(); });
    if (found == std::end(typeNames))
        return std::nullopt;
    return found->type;
}

std::optional<std::vector<std::int64_t>> numbersOf(const Pickle& pickle, const PickleNode& tuple)
{
    if (tuple.kind != Kind::Tuple || tuple.items.size() > maximumRank)
        return std::nullopt;
    std::vector<std::int64_t> numbers;
    for (const PickleIndex index : tuple.items) {
        if (pickle[index].kind != Kind::Integer)
            return std::nullopt;
        numbers.push_back(pickle[index].integer);
    }
    return numbers;
}

/// Fills in what the id of a storage says: ("storage", type, key, device, elements[, view]).
Status readStorageId(const Pickle& pickle, const PickleNode& persistent, std::optional<DType> given, TensorView& view)
{
    const Error broken{"it does not say where its numbers are", "", anotherCopy};
    if (persistent.kind != Kind::Persistent)
        return broken;
    const PickleNode& id = pickle[persistent.items.front()];
    const auto kindAt = [&](std::size_t i) { return pickle[id.items[i]].kind; };
    if (id.kind != Kind::Tuple || id.items.size() < 5 || kindAt(0) != Kind::Text
        || pickle[id.items[0]].text != "storage" || kindAt(1) != Kind::Global || kindAt(2) != Kind::Text
        || kindAt(4) != Kind::Integer)
        return broken;
    const std::string& type = pickle[id.items[1]].text;
    view.storage = pickle[id.items[2]].text;
    view.storageElements = pickle[id.items[4]].integer;
    const bool untyped = lastWord(type) == "UntypedStorage";
    const std::optional<DType> dtype = untyped ? given : typeNamed(type, &TypeName::storage);
    if (!dtype) {
        return Error{"its numbers are of a type that this program does not read (" + shownName(type) + ")", "",
            "convert it with .float() and save it again"};
    }
    view.dtype = *dtype;
    if (untyped) // whose elements are bytes
        view.storageElements /= static_cast<std::int64_t>(dtypeSize(*dtype));
    // The old format has storages that are part of another one.
    if (id.items.size() > 5 && kindAt(5) != Kind::None) {
        const PickleNode& part = pickle[id.items[5]];
        if (part.kind != Kind::Tuple || part.items.size() != 3 || pickle[part.items[1]].kind != Kind::Integer
            || __builtin_add_overflow(view.offset, pickle[part.items[1]].integer, &view.offset))
            return broken;
    }
    return {};
}

} // namespace

Result<std::optional<TensorView>> tensorView(const Pickle& pickle, PickleIndex index)
{
    const PickleNode* node = &pickle[index];
    // A parameter is a tensor in a wrapping, and a parameter of a parameter would be nonsense.
    if (node->kind == Kind::Object
        && (node->text == "torch._utils._rebuild_parameter"
            || node->text == "torch._utils._rebuild_parameter_with_state")) {
        const PickleNode& arguments = pickle[node->items.front()];
        if (arguments.items.empty())
            return Error{"it is a parameter without a tensor", "", anotherCopy};
        node = &pickle[arguments.items.front()];
    }
    if (node->kind != Kind::Object)
        return std::optional<TensorView>();
    const bool third = node->text == "torch._utils._rebuild_tensor_v3";
    if (node->text != "torch._utils._rebuild_tensor" && node->text != "torch._utils._rebuild_tensor_v2" && !third)
        return std::optional<TensorView>();
    const PickleNode& arguments = pickle[node->items.front()];
    const Error broken{"its sizes make no sense", "", anotherCopy};
    if (arguments.items.size() < (third ? 7u : 4u) || pickle[arguments.items[1]].kind != Kind::Integer)
        return broken;
    TensorView view;
    view.offset = pickle[arguments.items[1]].integer;
    const auto shape = numbersOf(pickle, pickle[arguments.items[2]]);
    const auto strides = numbersOf(pickle, pickle[arguments.items[3]]);
    if (!shape || !strides || shape->size() != strides->size())
        return broken;
    view.shape = *shape;
    view.strides = *strides;
    std::optional<DType> given;
    if (third && pickle[arguments.items[6]].kind == Kind::Global)
        given = typeNamed(pickle[arguments.items[6]].text, &TypeName::dtype);
    if (Status read = readStorageId(pickle, pickle[arguments.items[0]], given, view); !read)
        return read.error();
    return std::optional<TensorView>(std::move(view));
}

Status checkView(const TensorView& view, const StorageSource& storages)
{
    const auto elementSize = static_cast<std::int64_t>(dtypeSize(view.dtype));
    const std::optional<std::uint64_t> size = shapeBytes(view.shape, dtypeSize(view.dtype));
    if (!size || view.offset < 0 || view.storageElements < 0)
        return Error{"its sizes make no sense", "", anotherCopy};
    const std::optional<std::uint64_t> held = storages.size(view.storage);
    std::int64_t needed = 0;
    if (!held || __builtin_mul_overflow(view.storageElements, elementSize, &needed)
        || *held < static_cast<std::uint64_t>(needed)) {
        return Error{
            held ? "its numbers end early, as in a file that was cut short" : "its numbers are not in the file", "",
            "copy or download the file again"};
    }
    if (*size == 0)
        return {};
    std::vector<std::pair<std::int64_t, std::int64_t>> axes; // stride, size
    std::int64_t last = view.offset;
    for (std::size_t i = 0; i < view.shape.size(); ++i) {
        std::int64_t reach = 0;
        if (view.strides[i] < 0 || __builtin_mul_overflow(view.strides[i], view.shape[i] - 1, &reach)
            || __builtin_add_overflow(last, reach, &last))
            return Error{"its strides make no sense", "", anotherCopy};
        if (view.shape[i] > 1 && view.strides[i] > 0)
            axes.emplace_back(view.strides[i], view.shape[i]);
    }
    if (last >= view.storageElements) {
        return Error{
            "it reaches to number " + grouped(last) + " of a storage that has " + grouped(view.storageElements), "",
            anotherCopy};
    }
    // No element may lie where another does, or a small file could ask for any amount of memory.
    std::sort(axes.begin(), axes.end());
    std::int64_t span = 1;
    for (const auto& [stride, count] : axes) {
        if (stride < span)
            return Error{"its strides lay its numbers over one another", "", "save it after .contiguous()"};
        span = stride * (count - 1) + span;
    }
    return {};
}

HostTensor copyView(const TensorView& view, std::string_view storage)
{
    HostTensor tensor{view.dtype, view.shape, {}};
    const std::size_t size = dtypeSize(view.dtype);
    tensor.data.resize(static_cast<std::size_t>(*shapeBytes(view.shape, size)));
    const std::size_t count = tensor.data.size() / size;
    if (count == 0)
        return tensor;
    // The last axes that lie in one piece are copied at once.
    std::size_t piece = 1;
    std::size_t outer = view.shape.size();
    while (outer > 0 && (view.shape[outer - 1] == 1 || view.strides[outer - 1] == static_cast<std::int64_t>(piece)))
        piece *= static_cast<std::size_t>(view.shape[--outer]);
    std::vector<std::int64_t> at(outer, 0);
    std::int64_t from = view.offset;
    for (std::size_t done = 0; done < count; done += piece) {
        std::memcpy(
            tensor.data.data() + done * size, storage.data() + static_cast<std::size_t>(from) * size, piece * size);
        for (std::size_t axis = outer; axis-- > 0;) {
            from += view.strides[axis];
            if (++at[axis] < view.shape[axis])
                break;
            from -= view.strides[axis] * at[axis];
            at[axis] = 0;
        }
    }
    return tensor;
}

} // namespace saddle
