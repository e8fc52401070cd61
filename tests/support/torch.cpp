// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing but the precompiled header is built here; the tests that include torch share it.
int main()
{
    return 0;
}
