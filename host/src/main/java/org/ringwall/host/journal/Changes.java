// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.journal;

import java.io.PrintStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.Author;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.RolledBack;

/**
 * The changes of a command, for the journal: one line for each instance, and one for a command that
 * was refused. A command that has not begun a change writes no line. A journal that cannot be
 * written is only a warning, because the change has been made.
 */
public final class Changes {
    /** A command can name a million entries. */
    private static final int LONGEST = 4000;

    private final Journal journal;
    private final List<String> command;
    private final PrintStream err;
    private final Map<String, Object> facts = new LinkedHashMap<>();
    private final Set<InstanceName> changed;
    private boolean begun;

    public Changes(Journal journal, List<String> command, PrintStream err) {
        this(journal, command, err, new LinkedHashSet<>());
    }

    private Changes(Journal journal, List<String> command, PrintStream err, Set<InstanceName> changed) {
        this.journal = journal;
        this.command = List.copyOf(command);
        this.err = err;
        this.changed = changed;
    }

    /** Returns the changes of the same command with lines of their own. */
    public Changes other() {
        return new Changes(journal, command, err, changed);
    }

    /** Begins the change of what belongs to no single instance. */
    public Changes begin() {
        facts.clear();
        begun = true;
        return this;
    }

    /** Ends a change that turned out to be none. */
    public void none() {
        facts.clear();
        begun = false;
    }

    /** Begins the change of an instance. */
    public Changes begin(InstanceName name) {
        return begin().with("instance", name);
    }

    /**
     * Adds a fact: a text, a number or a list of texts. No object, so that the name of a member
     * occurs once in a line.
     */
    public Changes with(String name, Object value) {
        facts.put(name, value);
        return this;
    }

    /** Adds the generation in force before and after; 0 for none. */
    public Changes generations(long before, long after) {
        return with("before", before).with("generation", after);
    }

    /** Leaves a line of a change that was made. */
    public void done(String result) {
        if (facts.get("instance") instanceof InstanceName name) {
            changed.add(name);
        }
        append(result).ifPresent(why -> err.println("ringwall: warning: " + Printable.line(why)));
    }

    /** Returns the instances that the command has changed. */
    public Set<InstanceName> changed() {
        return Set.copyOf(changed);
    }

    /** Leaves a line of a roll-back that this command has found; its own change goes on. */
    public void rolledBack(RolledBack found) {
        Map<String, Object> own = new LinkedHashMap<>(facts);
        boolean before = begun;
        begin(found.name()).generations(found.from(), found.to());
        append("rolled back, not confirmed in time")
                .ifPresent(why -> err.println("ringwall: warning: " + Printable.line(why)));
        facts.clear();
        facts.putAll(own);
        begun = before;
    }

    /**
     * Leaves a line of a change that was begun and refused. A failure to do so is not reported:
     * what refused the command, as a lack of privileges, often refuses this too.
     */
    public void refused(String message) {
        if (begun) {
            append("refused: " + message);
        }
    }

    private Optional<String> append(String result) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("time", Instant.now());
        String line = "ringwall " + Author.line(command);
        fields.putAll(Authors.fields(
                Author.ofThisProcess(line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…")));
        fields.putAll(facts);
        fields.put("result", result);
        begun = false;
        return journal.append(fields);
    }
}
