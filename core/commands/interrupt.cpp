// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/interrupt.h"

#include <atomic>
#include <csignal>

namespace saddle {

namespace {

std::atomic<bool> asked{false};

} // namespace

InterruptGuard::InterruptGuard()
{
    asked = false;
    for (const int signal : {SIGINT, SIGTERM}) {
        struct sigaction action { };
        action.sa_handler = [](int) { asked = true; };
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        ::sigaction(signal, &action, nullptr);
    }
}

InterruptGuard::~InterruptGuard()
{
    for (const int signal : {SIGINT, SIGTERM})
        std::signal(signal, SIG_DFL);
}

bool InterruptGuard::interrupted() const
{
    return asked;
}

} // namespace saddle
