// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/experiment.h"
#include "tests/support/fake_catalog.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto given = saddle::parseJson({reinterpret_cast<const char*>(data), size}, "input", saddle::documentDepth);
    if (!given)
        return 0;
    const saddle::Catalog& catalog = saddle::test::fakeCatalog();
    const auto once = saddle::resolveDocument(*given, catalog);
    if (!once)
        return 0;
    // What is resolved stays as it is.
    const auto twice = saddle::resolveDocument(*once, catalog);
    if (!twice || *twice != *once)
        std::abort();
    static_cast<void>(saddle::buildExperiment(*once, catalog));
    return 0;
}
