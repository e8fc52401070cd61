// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/autocast_mode.h>

namespace saddle {

enum class Rounding {
    None, ///< float32 as it is
    Bfloat16, ///< inputs of products are rounded to 8 bits of mantissa, and so is what comes of them
};

/// While it lives, how this thread's convolutions and products of matrices on devices of a kind round float32.
/// Gradients with respect to float32 are float32 in any case.
class RoundingGuard {
public:
    RoundingGuard(c10::DeviceType device, Rounding rounding)
        : m_device(device)
        , m_enabled(at::autocast::is_autocast_enabled(device))
        , m_type(at::autocast::get_autocast_dtype(device))
    {
        at::autocast::set_autocast_dtype(device, at::kBFloat16);
        at::autocast::set_autocast_enabled(device, rounding == Rounding::Bfloat16);
    }
    ~RoundingGuard()
    {
        at::autocast::set_autocast_enabled(m_device, m_enabled);
        at::autocast::set_autocast_dtype(m_device, m_type);
        // Rounded weights are kept by the address of the weights, which an update changes in place.
        at::autocast::clear_cache();
    }
    RoundingGuard(const RoundingGuard&) = delete;
    RoundingGuard& operator=(const RoundingGuard&) = delete;

private:
    c10::DeviceType m_device;
    bool m_enabled;
    at::ScalarType m_type;
};

} // namespace saddle
