/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/command.h"

int main(int argc, char **argv)
{
    return command_run(argc > 0 ? argc - 1 : 0, argv + (argc > 0));
}
