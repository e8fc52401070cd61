// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace saddle {

/// Protocol buffers' bytes, as far as TensorBoard's events need them: fields in the order in which they are added.
class ProtoMessage {
public:
    ProtoMessage& integer(int field, std::int64_t value);
    ProtoMessage& number(int field, float value); ///< 4 bytes
    ProtoMessage& number(int field, double value); ///< 8 bytes
    ProtoMessage& text(int field, std::string_view bytes); ///< a string, bytes or another message

    const std::string& bytes() const { return m_bytes; }

private:
    void key(int field, int wireType);
    void variable(std::uint64_t value);

    std::string m_bytes;
};

/// A series of values in TensorBoard.
struct EventTag {
    std::string tag; ///< "loss/D loss": what stands before the slash groups the charts
    std::string label; ///< what is written over it
};

/// Records of an event file (tensorboard's event.proto and summary.proto). The first is that of the version.
/// `wallTime`: seconds since 1970.
std::string versionEvent(double wallTime);
std::string scalarValue(const EventTag& tag, float value);
/// A PNG file of so many pixels and channels (1 grey, 3 RGB).
std::string imageValue(const EventTag& tag, std::string_view png, int width, int height, int channels);
/// The event of a step with all of its values, one after another.
std::string summaryEvent(double wallTime, std::int64_t step, const std::string& values);

} // namespace saddle
