// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/libtorch/console.h"

int main(int argc, char** argv)
{
    return saddle::launchOnConsole(argc, argv);
}
