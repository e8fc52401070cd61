// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/export/event_message.h"

#include <bit>

namespace saddle {

namespace {

// Wire types of protocol buffers.
constexpr int variableSize = 0;
constexpr int eightBytes = 1;
constexpr int sized = 2;
constexpr int fourBytes = 5;

// Field numbers of tensorboard/compat/proto.
namespace event {
constexpr int wallTime = 1;
constexpr int step = 2;
constexpr int fileVersion = 3;
constexpr int summary = 5;
} // namespace event
namespace summary {
constexpr int value = 1;
} // namespace summary
namespace value {
constexpr int tag = 1;
constexpr int simpleValue = 2;
constexpr int image = 4;
constexpr int metadata = 9;
} // namespace value
namespace metadata {
constexpr int displayName = 2;
} // namespace metadata
namespace image {
constexpr int height = 1;
constexpr int width = 2;
constexpr int colourSpace = 3;
constexpr int encoded = 4;
} // namespace image

template <typename T>
void appendLittleEndian(std::string& bytes, T value)
{
    for (std::size_t i = 0; i < sizeof value; ++i)
        bytes += static_cast<char>(value >> 8 * i & 0xff);
}

ProtoMessage valueOf(const EventTag& tag)
{
    ProtoMessage message;
    message.text(value::tag, tag.tag);
    message.text(value::metadata, ProtoMessage().text(metadata::displayName, tag.label).bytes());
    return message;
}

std::string oneOf(const ProtoMessage& message)
{
    return ProtoMessage().text(summary::value, message.bytes()).bytes();
}

} // namespace

void ProtoMessage::key(int field, int wireType)
{
    variable(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wireType));
}

void ProtoMessage::variable(std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        m_bytes += static_cast<char>((value & 0x7f) | 0x80);
    m_bytes += static_cast<char>(value);
}

ProtoMessage& ProtoMessage::integer(int field, std::int64_t value)
{
    key(field, variableSize);
    variable(static_cast<std::uint64_t>(value));
    return *this;
}

ProtoMessage& ProtoMessage::number(int field, float value)
{
    key(field, fourBytes);
    appendLittleEndian(m_bytes, std::bit_cast<std::uint32_t>(value));
    return *this;
}

ProtoMessage& ProtoMessage::number(int field, double value)
{
    key(field, eightBytes);
    appendLittleEndian(m_bytes, std::bit_cast<std::uint64_t>(value));
    return *this;
}

ProtoMessage& ProtoMessage::text(int field, std::string_view bytes)
{
    key(field, sized);
    variable(bytes.size());
    m_bytes += bytes;
    return *this;
}

std::string versionEvent(double wallTime)
{
    return ProtoMessage().number(event::wallTime, wallTime).text(event::fileVersion, "brain.Event:2").bytes();
}

std::string scalarValue(const EventTag& tag, float number)
{
    return oneOf(valueOf(tag).number(value::simpleValue, number));
}

std::string imageValue(const EventTag& tag, std::string_view png, int width, int height, int channels)
{
    const ProtoMessage picture = ProtoMessage()
                                     .integer(image::height, height)
                                     .integer(image::width, width)
                                     .integer(image::colourSpace, channels)
                                     .text(image::encoded, png);
    return oneOf(valueOf(tag).text(value::image, picture.bytes()));
}

std::string summaryEvent(double wallTime, std::int64_t step, const std::string& values)
{
    return ProtoMessage()
        .number(event::wallTime, wallTime)
        .integer(event::step, step)
        .text(event::summary, values)
        .bytes();
}

} // namespace saddle
