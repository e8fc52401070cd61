// SPDX-License-Identifier: GPL-3.0-or-later
// For targets of which nothing but the precompiled header is wanted.
int main()
{
    return 0;
}
