// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/libtorch/fetch.h"

#include <functional>
#include <string>

namespace saddle {

/// An installed program starts in two parts. What is called by its name links no LibTorch: it looks for one - in
/// SADDLE_LIBTORCH, then in libtorchCache(), else it is fetched - and becomes the program itself, which lies in
/// lib/saddle beside its own folder and finds the libraries by LD_LIBRARY_PATH.
struct Launcher {
    std::string program; ///< "saddle-cli"
    /// Fetches, and shows how far it is; an Error has been told to the user when it returns.
    std::function<Result<Ended>(const FetchRequest&)> fetch;
    std::function<void(const std::string& sentence)> complain;
};

/// Starts the program and does not return, unless it is asked for its version or help, or an exit status says that
/// there is no LibTorch: 1, or 130 when its fetching was cancelled. `--fetch-libtorch` as the only argument ends after
/// LibTorch is there.
int launch(const Launcher& launcher, int argc, char** argv);

} // namespace saddle
