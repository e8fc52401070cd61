// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/launch_window.h"

int main(int argc, char** argv)
{
    return saddle::launchWindow(argc, argv);
}
