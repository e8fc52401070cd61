// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/commands.h"

int main(int argc, char** argv)
{
    return saddle::runCommandLine(argc, argv);
}
