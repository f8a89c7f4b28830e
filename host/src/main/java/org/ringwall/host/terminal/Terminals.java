// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.host.words.UsageException;
import org.ringwall.sys.Syscalls;
import org.ringwall.sys.Tty;

/**
 * The standard files that are terminals. A process could put input into the terminal that controls
 * its session, so a command gets a session and a pseudo-terminal of its own.
 *
 * @param numbers the descriptors that are a terminal, 0..2
 * @param pseudo whether the command gets a pseudo-terminal
 */
public record Terminals(List<Integer> numbers, boolean pseudo) {
    public Terminals {
        numbers = List.copyOf(numbers);
    }

    /**
     * Returns those of this process.
     *
     * @throws UsageException if they are several terminals: one pseudo-terminal cannot replace them
     */
    public static Terminals ofThisProcess(boolean pseudo) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        List<Integer> numbers = new ArrayList<>();
        Optional<Integer> first = Optional.empty();
        for (int number = 0; number < StandardFiles.NAMES.size(); number++) {
            Optional<Integer> device = Tty.device(syscalls, number);
            if (device.isEmpty()) {
                continue;
            }
            if (pseudo && first.isPresent() && !first.equals(device)) {
                throw new UsageException(
                        StandardFiles.NAMES.get(number) + " is another terminal than "
                                + StandardFiles.NAMES.get(numbers.get(0)),
                        "use one terminal, a file or `| cat`, or --no-pty");
            }
            first = device;
            numbers.add(number);
        }
        return new Terminals(numbers, pseudo);
    }

    /**
     * Returns whether the command may use the terminal from the start: it reads the terminal, and
     * no other process of a pipeline would read or change it at the same time.
     */
    public boolean undivided() {
        return numbers.contains(0) && !StandardFiles.anyPipe();
    }
}
