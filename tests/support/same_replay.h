// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/replay.h"
#include "tests/support/scratch.h"

/// The replay repeated so many steps, and each number came again.
#define SAME(outcome, count)                                                                                           \
    do {                                                                                                               \
        const Result<ReplayOutcome> outcome_ = (outcome);                                                              \
        QVERIFY_OK(outcome_);                                                                                          \
        if (outcome_->difference)                                                                                      \
            QFAIL(                                                                                                     \
                ("step " + std::to_string(outcome_->difference->step) + ": " + outcome_->difference->column).c_str()); \
        QCOMPARE(outcome_->steps, std::int64_t{count});                                                                \
    } while (false)
