// SPDX-License-Identifier: GPL-3.0-or-later
// What stands in an ONNX file, as values that have been checked.
#pragma once

#include "core/io/safetensors.h"
#include "core/models/network.h"

#include <onnx/onnx_pb.h>

#include <limits>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace saddle {

/// What a network computes: the output of a layer, perhaps seen in another shape.
struct Feature {
    int layer = networkInput; ///< or networkLabel
    Shape shape; ///< of one sample
    Shape spread = {}; ///< height and width that a map of one pixel is repeated over; or empty
};

/// Whole numbers that are known beforehand: sizes, axes, and computations of those.
struct Integers {
    /// Stands for the size of the batch.
    static constexpr std::int64_t batch = std::numeric_limits<std::int64_t>::min();

    std::vector<std::int64_t> values;
    bool scalar = false;
};

/// What a name in a graph stands for; numbers are float32.
using GraphValue = std::variant<Feature, Integers, HostTensor>;

/// A tensor of a file: whole numbers, or real ones of any width as float32. An Error says what is wrong with it: it
/// lies in another file, has another type, or not as many bytes as its shape says.
Result<GraphValue> tensorValue(const onnx::TensorProto& tensor);

/// Rows of a matrix as columns.
HostTensor transposed(const HostTensor& matrix);

/// Whether a list holds nothing but a value; so does an empty one.
bool allAre(const std::vector<std::int64_t>& values, std::int64_t wanted);

/// A float32 as the shortest number that is it: 1e-05 rather than 9.99999974737875e-06.
double shortest(float value);

/// A node's attributes. Each that is asked for is known; one that nobody asked for would be passed over.
class NodeAttributes {
public:
    explicit NodeAttributes(const onnx::NodeProto& node)
        : m_node(node)
    {
    }

    bool has(const char* name) const { return find(name) != nullptr; }
    std::int64_t integer(const char* name, std::int64_t otherwise) const;
    std::vector<std::int64_t> integers(const char* name) const;
    double real(const char* name, double otherwise) const;
    std::string text(const char* name, const char* otherwise) const;
    const onnx::AttributeProto* find(const char* name) const;
    /// One that makes no difference.
    void passOver(const char* name) const { m_asked.insert(name); }

    /// An attribute that nobody asked for, or nothing.
    std::optional<std::string> unknown() const;

private:
    const onnx::NodeProto& m_node;
    mutable std::set<std::string> m_asked;
};

} // namespace saddle
