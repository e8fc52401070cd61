// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes that only say how numbers are seen, and those that compute sizes.
#include "core/onnx/libonnx/graph_reader.h"

#include <algorithm>
#include <numeric>

namespace saddle {

namespace {

std::int64_t fromEnd(std::int64_t index, std::size_t count)
{
    return index < 0 ? index + static_cast<std::int64_t>(count) : index;
}

} // namespace

GraphValue GraphReader::readConcat(const Node& node)
{
    const std::int64_t axis = node.attributes.integer("axis", 0);
    const bool sizes = !node.inputs.empty()
        && std::all_of(node.inputs.begin(), node.inputs.end(),
            [](const GraphValue* value) { return value && std::holds_alternative<Integers>(*value); });
    if (sizes) {
        Integers all;
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            const Integers part = integers(node, i);
            all.values.insert(all.values.end(), part.values.begin(), part.values.end());
        }
        if (axis != 0)
            refuse("sizes are put together along another axis than their own");
        return all;
    }
    const auto* maps = node.inputs.size() == 2 && node.inputs[1] ? std::get_if<Feature>(node.inputs[1]) : nullptr;
    const bool labels = maps && !maps->spread.empty();
    const Feature first = feature(node, 0);
    if (!m_error && fromEnd(axis, first.shape.size() + 1) != 1)
        refuse("only along the first axis of samples can layers be joined");
    if (m_error)
        return {};
    if (labels) {
        const Shape& image = first.shape;
        if (image.size() != 3 || maps->spread != Shape{image[1], image[2]}) {
            refuse("maps of a label and " + shapeText(image) + " cannot be joined");
            return {};
        }
        return addLayer("label_map", Json::object(), {settled(first), settled({maps->layer, {maps->shape[0]}})});
    }
    std::vector<Feature> inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
        inputs.push_back(settled(feature(node, i)));
    if (!m_error && inputs.size() == 1)
        return inputs.front();
    return addLayer("concat", Json::object(), inputs);
}

GraphValue GraphReader::readExpand(const Node& node)
{
    const Feature input = feature(node, 0);
    const Integers sizes = integers(node, 1);
    if (m_error)
        return {};
    const bool point = input.shape.size() == 3 && input.shape[1] == 1 && input.shape[2] == 1;
    const std::vector<std::int64_t>& to = sizes.values;
    const auto keeps = [](std::int64_t size, std::int64_t own) { return size == 1 || size == own; };
    if (!point || to.size() != 4 || !(to[0] == Integers::batch || to[0] == 1) || !keeps(to[1], input.shape[0])
        || to[2] < 1 || to[3] < 1) {
        refuse("“Expand” of other than a map of one pixel has no layer here");
        return {};
    }
    return Feature{input.layer, input.shape, {to[2], to[3]}};
}

GraphValue GraphReader::readReshape(const Node& node)
{
    Feature input = feature(node, 0);
    std::vector<std::int64_t> to =
        node.attributes.has("shape") ? node.attributes.integers("shape") : integers(node, 1).values;
    if (m_error)
        return {};
    if (node.attributes.integer("allowzero", 0) != 0 && std::find(to.begin(), to.end(), 0) != to.end())
        refuse("“Reshape” to no numbers at all");
    // The batch comes first: as its size, as what is left, or as the 1 that the file was made with.
    const bool batch = !to.empty() && (to[0] == Integers::batch || to[0] == -1 || to[0] == 0 || to[0] == 1);
    const std::int64_t all = elementCount(input.shape);
    Shape shape;
    std::int64_t known = 1;
    std::ptrdiff_t open = -1;
    for (std::size_t i = 1; batch && i < to.size(); ++i) {
        std::int64_t size = to[i];
        if (size == 0)
            size = i <= input.shape.size() ? input.shape[i - 1] : -2;
        if (size == -1 && open < 0 && to[0] != -1)
            open = static_cast<std::ptrdiff_t>(i) - 1;
        else if (size < 1 || __builtin_mul_overflow(known, size, &known))
            known = -1;
        shape.push_back(size);
        if (known < 1)
            break;
    }
    if (open >= 0 && known >= 1 && all % known == 0) {
        shape[static_cast<std::size_t>(open)] = all / known;
        known = all;
    }
    if (!batch || shape.empty() || known != all) {
        refuse("“Reshape” of " + shapeText(input.shape) + " moves numbers from one sample to another, or is no shape");
        return {};
    }
    input.shape = std::move(shape);
    return input;
}

GraphValue GraphReader::readFlatten(const Node& node)
{
    Feature input = feature(node, 0);
    if (node.attributes.integer("axis", 1) != 1)
        refuse("“Flatten” from another axis than the first has no layer here");
    if (!m_error)
        input.shape = {elementCount(input.shape)};
    return input;
}

std::vector<std::int64_t> GraphReader::axes(const Node& node, std::size_t rank)
{
    std::vector<std::int64_t> found =
        node.attributes.has("axes") ? node.attributes.integers("axes") : integers(node, 1).values;
    for (std::int64_t& axis : found) {
        axis = fromEnd(axis, rank);
        if (axis < 0 || axis >= static_cast<std::int64_t>(rank))
            refuse("an axis of “" + node.proto.op_type() + "” is not there");
    }
    std::sort(found.begin(), found.end());
    return m_error ? std::vector<std::int64_t>() : found;
}

GraphValue GraphReader::readUnsqueeze(const Node& node)
{
    if (given(node, 0) && std::holds_alternative<Integers>(*node.inputs[0])) {
        Integers list = integers(node, 0);
        axes(node, 1);
        if (!list.scalar)
            refuse("sizes have become a table");
        list.scalar = false;
        return list;
    }
    Feature input = feature(node, 0);
    const std::size_t more =
        node.attributes.has("axes") ? node.attributes.integers("axes").size() : integers(node, 1).values.size();
    if (m_error || more > 8) {
        refuse("“Unsqueeze” of too many axes");
        return {};
    }
    for (const std::int64_t axis : axes(node, input.shape.size() + 1 + more)) {
        if (axis < 1 || axis > static_cast<std::int64_t>(input.shape.size()) + 1) {
            refuse("“Unsqueeze” in front of the batch has no layer here");
            return {};
        }
        input.shape.insert(input.shape.begin() + (axis - 1), 1);
    }
    return input;
}

GraphValue GraphReader::readSqueeze(const Node& node)
{
    if (given(node, 0) && std::holds_alternative<Integers>(*node.inputs[0])) {
        Integers list = integers(node, 0);
        node.attributes.passOver("axes");
        if (list.values.size() != 1)
            refuse("sizes have become a number");
        list.scalar = true;
        return list;
    }
    Feature input = feature(node, 0);
    if (!m_error && !node.attributes.has("axes") && !given(node, 1))
        refuse("“Squeeze” of whatever is 1 would take away a batch of one");
    if (m_error)
        return {};
    std::vector<std::int64_t> gone = axes(node, input.shape.size() + 1);
    std::reverse(gone.begin(), gone.end());
    for (const std::int64_t axis : gone) {
        const auto place = static_cast<std::size_t>(axis - 1);
        if (axis < 1 || place >= input.shape.size() || input.shape[place] != 1 || input.shape.size() == 1) {
            refuse("“Squeeze” of an axis that is not 1");
            return {};
        }
        input.shape.erase(input.shape.begin() + static_cast<std::ptrdiff_t>(place));
    }
    return input;
}

GraphValue GraphReader::readTranspose(const Node& node)
{
    std::vector<std::int64_t> order = node.attributes.integers("perm");
    if (given(node, 0) && std::holds_alternative<HostTensor>(*node.inputs[0])) {
        const HostTensor matrix = constant(node, 0);
        if (matrix.shape.size() != 2 || !(order.empty() || order == std::vector<std::int64_t>{1, 0})) {
            refuse("“Transpose” of a constant that is no matrix");
            return {};
        }
        return transposed(matrix);
    }
    Feature input = feature(node, 0);
    Shape whole{0}; // the batch
    whole.insert(whole.end(), input.shape.begin(), input.shape.end());
    std::vector<std::int64_t> identity(whole.size());
    std::iota(identity.begin(), identity.end(), 0);
    if (!std::is_permutation(order.begin(), order.end(), identity.begin(), identity.end()) || order.empty()
        || order[0] != 0) {
        refuse("“Transpose” of samples with each other has no layer here");
        return {};
    }
    Shape moved;
    std::int64_t last = 0;
    for (const std::int64_t axis : order) {
        const std::int64_t size = whole[static_cast<std::size_t>(axis)];
        // Numbers stay where they are as long as only axes of 1 change their place.
        if (size != 1 && axis < last)
            refuse("“Transpose” puts numbers in another order, which no layer here does");
        if (size != 1)
            last = axis;
        moved.push_back(size);
    }
    if (m_error)
        return {};
    input.shape.assign(moved.begin() + 1, moved.end());
    return input;
}

GraphValue GraphReader::readConstant(const Node& node)
{
    const NodeAttributes& attributes = node.attributes;
    if (const onnx::AttributeProto* tensor = attributes.find("value")) {
        Result<GraphValue> value = tensorValue(tensor->t());
        if (value)
            return *std::move(value);
        if (!m_error)
            m_error = value.error().in(m_place);
        return {};
    }
    if (attributes.has("value_int"))
        return Integers{{attributes.integer("value_int", 0)}, true};
    if (attributes.has("value_ints"))
        return Integers{attributes.integers("value_ints"), false};
    std::vector<float> numbers;
    Shape shape;
    if (const onnx::AttributeProto* list = attributes.find("value_floats")) {
        numbers.assign(list->floats().begin(), list->floats().end());
        shape = {static_cast<std::int64_t>(numbers.size())};
    } else if (const onnx::AttributeProto* one = attributes.find("value_float")) {
        numbers = {one->f()};
    } else {
        refuse("a constant that is no number");
    }
    const auto* bytes = reinterpret_cast<const std::byte*>(numbers.data());
    return HostTensor{DType::F32, shape, {bytes, bytes + numbers.size() * sizeof(float)}};
}

GraphValue GraphReader::readSame(const Node& node)
{
    node.attributes.passOver("ratio");
    node.attributes.passOver("seed");
    if (!given(node, 0)) {
        refuse("it has no input");
        return {};
    }
    return *node.inputs[0];
}

GraphValue GraphReader::readCast(const Node& node)
{
    const std::int64_t to = node.attributes.integer("to", 0);
    node.attributes.passOver("saturate");
    const bool sizes = given(node, 0) && std::holds_alternative<Integers>(*node.inputs[0]);
    const bool whole = to == onnx::TensorProto::INT64 || to == onnx::TensorProto::INT32;
    if (!given(node, 0) || (sizes ? !whole : to != onnx::TensorProto::FLOAT)) {
        refuse("“Cast” to another kind of number has no layer here");
        return {};
    }
    return *node.inputs[0];
}

GraphValue GraphReader::readShape(const Node& node)
{
    const Feature input = feature(node, 0);
    Integers sizes{{Integers::batch}, false};
    sizes.values.insert(sizes.values.end(), input.shape.begin(), input.shape.end());
    const auto count = static_cast<std::int64_t>(sizes.values.size());
    const std::int64_t begin =
        std::clamp<std::int64_t>(fromEnd(node.attributes.integer("start", 0), sizes.values.size()), 0, count);
    const std::int64_t end =
        std::clamp<std::int64_t>(fromEnd(node.attributes.integer("end", count), sizes.values.size()), begin, count);
    return Integers{{sizes.values.begin() + begin, sizes.values.begin() + end}, false};
}

GraphValue GraphReader::readGather(const Node& node)
{
    if (given(node, 0) && std::holds_alternative<HostTensor>(*node.inputs[0]))
        refuse("labels by number, with a table of vectors (“Gather”), have no layer here",
            "export a generator that takes labels as one-hot vectors");
    const Integers from = integers(node, 0);
    const Integers which = integers(node, 1);
    Integers taken{{}, which.scalar};
    if (node.attributes.integer("axis", 0) != 0)
        refuse("sizes are no table");
    for (const std::int64_t index : which.values) {
        const std::int64_t place = fromEnd(index, from.values.size());
        if (place < 0 || place >= static_cast<std::int64_t>(from.values.size())) {
            refuse("“Gather” asks for a size that is not there");
            return {};
        }
        taken.values.push_back(from.values[static_cast<std::size_t>(place)]);
    }
    return taken;
}

GraphValue GraphReader::readSlice(const Node& node)
{
    const Integers from = integers(node, 0);
    const bool old = node.attributes.has("starts");
    const std::vector<std::int64_t> starts = old ? node.attributes.integers("starts") : integers(node, 1).values;
    const std::vector<std::int64_t> ends = old ? node.attributes.integers("ends") : integers(node, 2).values;
    const std::vector<std::int64_t> along =
        old ? node.attributes.integers("axes") : optionalIntegers(node, 3).value_or(Integers{{0}, false}).values;
    const std::vector<std::int64_t> steps = optionalIntegers(node, 4).value_or(Integers{{1}, false}).values;
    const std::vector<std::int64_t> one{1};
    const std::vector<std::int64_t> axis{0};
    if (starts.size() != 1 || ends.size() != 1 || !(along == axis || along.empty()) || steps != one) {
        refuse("“Slice” of other than a list of sizes has no layer here");
        return {};
    }
    const auto count = static_cast<std::int64_t>(from.values.size());
    const auto within = [&](std::int64_t index) {
        const std::int64_t bounded = std::clamp<std::int64_t>(index, -count, count);
        return fromEnd(bounded, from.values.size());
    };
    const std::int64_t begin = within(starts[0]);
    const std::int64_t end = std::max(begin, within(ends[0]));
    return Integers{{from.values.begin() + begin, from.values.begin() + end}, false};
}

} // namespace saddle
