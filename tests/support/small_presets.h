// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/image.h"
#include "core/runs/presets.h"

#include "tests/support/idx_images.h"
#include "tests/support/scratch.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace saddle::test {

/// A row for each preset that ships, for tests with the column "preset" alone.
inline void addShippedPresets()
{
    QTest::addColumn<QString>("preset");
    for (const PresetFile& preset : presetFiles()) {
        if (preset.path.empty())
            QTest::newRow(preset.name.c_str()) << QString::fromStdString(preset.name);
    }
}

/// Presets as tests can train them: on images made here, with the narrowest networks and four samples a batch.
class SmallPresets {
public:
    /// `images`: how many there are of every source.
    explicit SmallPresets(int images = 12)
        : m_images(images)
    {
    }

    Json scaledDown(Json document) const
    {
        const std::string source = document["data"]["source"];
        if (source == "image-folder") {
            document["data"]["folder"] = folderOfImages(document["data"]["size"]);
            document["data"]["crop"] = 0;
        } else if (source == "cifar-10") {
            document["data"]["folder"] = cifarFolder();
        } else if (source == "mnist" || source == "fashion-mnist") {
            std::string labels = bigEndian32(0x801) + bigEndian32(static_cast<std::uint32_t>(m_images));
            for (int i = 0; i < m_images; ++i)
                labels += static_cast<char>(i % 3);
            const std::string digits = idxImages(static_cast<std::uint32_t>(m_images), 28);
            document["data"] = {{"source", "idx"}, {"images", m_scratch.write("digits", digits).string()},
                {"labels", m_scratch.write("labels", labels).string()}};
        }
        // R3GAN's groups are of 16 channels; through BEGAN's many layers narrower ones pass next to nothing on.
        const Json widths = {{"r3gan", 16}, {"began", 16}};
        for (const char* role : {"generator", "discriminator", "encoder"}) {
            if (document.contains(role) && document[role].contains("width"))
                document[role]["width"] = widths.value(document[role]["architecture"].get<std::string>(), 4);
        }
        document["training"]["batch_size"] = 4;
        document["training"]["threads"] = 1;
        document["training"]["device"] = "cpu";
        return document;
    }

private:
    /// Pixels that differ from image to image: soft waves.
    static std::uint8_t pixel(int image, int x, int y, int channel)
    {
        return static_cast<std::uint8_t>(127.5 + 110 * std::sin(0.3 * x * (image % 4 + 1) + 0.2 * y + image + channel));
    }

    std::string folderOfImages(int side) const
    {
        const std::filesystem::path folder = m_scratch.path("images-" + std::to_string(side));
        std::filesystem::create_directories(folder);
        for (int i = 0; i < m_images; ++i) {
            Image image{side, side, 3, {}};
            for (int at = 0; at < side * side * 3; ++at)
                image.pixels.push_back(pixel(i, at / 3 % side, at / 3 / side, at % 3));
            if (!writePng(folder / (std::to_string(i) + ".png"), image))
                throw std::runtime_error("an image could not be written");
        }
        return folder.string();
    }

    std::string cifarFolder() const
    {
        std::string bytes;
        for (int i = 0; i < m_images; ++i) {
            bytes += static_cast<char>(i % 10);
            for (int at = 0; at < 3072; ++at)
                bytes += static_cast<char>(pixel(i, at % 32, at / 32 % 32, at / 1024));
        }
        std::filesystem::create_directories(m_scratch.path("cifar"));
        for (int part = 1; part <= 5; ++part)
            m_scratch.write("cifar/data_batch_" + std::to_string(part) + ".bin", bytes);
        m_scratch.write("cifar/test_batch.bin", bytes);
        return m_scratch.path("cifar").string();
    }

    int m_images;
    Scratch m_scratch;
};

} // namespace saddle::test
