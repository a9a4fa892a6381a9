/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* With a room linked into it as a whole, and what the room may use: see meson.build. */
int main(void)
{
	return 0;
}
