package org.ringwall.bench.verdict;

import java.nio.file.Path;
import java.util.List;
import org.ringwall.bench.rules.Key;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Servant;

/** A {@link Driver} in a cgroup of its own, with a folder for its keys. */
final class DriverProcess implements AutoCloseable {
    private final KeyFolder folder;
    private final ChildCgroup home;
    private final Servant servant;

    DriverProcess() {
        this.folder = new KeyFolder();
        this.home = ChildCgroup.make();
        this.servant = Servant.start(Driver.class, home.path(), folder.path());
        if (!servant.answer().equals("ready")) {
            throw new IllegalStateException("the driver did not start");
        }
    }

    /** Hands it a set of keys, and says which it is. */
    int keys(String name, List<Key> keys) {
        return number(servant.ask("keys " + folder.write(name, keys)));
    }

    /** Makes sockets in a cgroup, and says which slot that is. */
    int slot(Path cgroup) {
        return number(servant.ask("slot " + cgroup));
    }

    /** Makes the call of each key once: whether the hook let it through. */
    List<Boolean> check(int slot, int set) {
        return servant.ask("check " + slot + " " + set)
                .chars()
                .mapToObj(digit -> digit == '0')
                .toList();
    }

    /** Makes this many calls, each with one of the first `span` keys, and says how many fared otherwise than at the check. */
    int run(int slot, int set, int count, long seed, int span) {
        return Integer.parseInt(servant.ask("run " + slot + " " + set + " " + count + " " + seed + " " + span));
    }

    /** Makes it leave all cgroups and forget all keys. */
    void reset() {
        servant.ask("reset");
    }

    private static int number(String answer) {
        return Integer.parseInt(answer.substring(answer.indexOf(' ') + 1));
    }

    @Override
    public void close() {
        servant.close();
        home.close();
        folder.close();
    }
}
