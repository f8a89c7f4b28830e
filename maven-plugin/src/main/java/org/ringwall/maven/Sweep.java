// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.Param;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.report.Diagnostic;

/**
 * One run of a goal over all policies of a folder. Each policy is compiled separately, so that an
 * error in one does not hide errors in others. Policies that have not changed since the previous
 * run are skipped.
 */
final class Sweep {
    /** Excludes characters that are invalid in a path on some systems. */
    private static final Pattern INCLUDE = Pattern.compile("(?m)^[ \\t]*include[ \\t]+\"([^\"\\p{Cntrl}<>:|?*]+)\"");

    /** The work of a goal on each policy. */
    interface Work {
        /**
         * Handles a policy that compiles.
         *
         * @return the outputs and facts to remember, or empty if the goal has reported an error
         */
        Optional<Done> policy(Compiled policy) throws MojoExecutionException, MojoFailureException;

        /** Handles a policy for which the goal succeeded before and nothing has changed. */
        default void unchanged(Entry entry) {}
    }

    /**
     * The result of a goal for a policy.
     *
     * @param outputs the files that it wrote
     * @param facts further results for the next run, by name
     * @param reusable whether the next run may reuse them as long as nothing changes
     */
    record Done(List<Path> outputs, Map<String, String> facts, boolean reusable) {
        Done {
            outputs = List.copyOf(outputs);
            facts = Map.copyOf(facts);
        }

        Done(List<Path> outputs, Map<String, String> facts) {
            this(outputs, facts, true);
        }
    }

    private final PolicyFolder folder;
    private final Options options;
    private final Path stampFile;
    private final String key;
    private final Messages messages;
    private final Compilations compilations;
    private final Map<String, Entry> entries = new TreeMap<>();
    private final Map<String, CompileResult> wrong = new LinkedHashMap<>();
    private final Set<String> included = new TreeSet<>();
    private final Set<String> declared = new TreeSet<>();
    private final Map<Path, String> names = new HashMap<>();
    private FileTime begun = FileTime.fromMillis(0);
    private int good;
    private int refused;
    private int worked;
    private int removed;

    /**
     * Creates a run.
     *
     * @param stampFile the stamp of the goal
     * @param key a key that changes with every setting on which the result depends
     */
    Sweep(
            PolicyFolder folder,
            Options options,
            Path stampFile,
            String key,
            Messages messages,
            Compilations compilations) {
        this.folder = folder;
        this.options = options.withBase(folder.base());
        this.stampFile = stampFile.toAbsolutePath().normalize();
        this.key = key;
        this.messages = messages;
        this.compilations = compilations;
    }

    /** Runs the goal. Errors are logged; see {@link #refuse}. */
    void run(Work work) throws MojoExecutionException, MojoFailureException {
        begun = FileTime.from(Instant.now());
        Map<String, Path> files = new TreeMap<>();
        for (Path file : Files.exists(folder.folder()) ? folder.files() : List.<Path>of()) {
            files.put(folder.name(file), file);
        }
        Stamp stamp;
        try {
            stamp = Stamp.read(stampFile, key);
        } catch (IOException e) {
            throw Failures.cannot("read", stampFile, e);
        }
        try {
            List<Entry> perhapsIncluded = new ArrayList<>();
            for (Map.Entry<String, Path> file : files.entrySet()) {
                Optional<Entry> entry = unchanged(stamp, file.getKey());
                if (entry.isEmpty()) {
                    compile(file.getValue(), work);
                } else if (entry.get().kind() == Entry.Kind.POLICY) {
                    reuse(entry.get(), work);
                } else {
                    perhapsIncluded.add(entry.get());
                }
            }
            for (Entry entry : perhapsIncluded) {
                if (included.contains(entry.name())) {
                    entries.put(entry.name(), entry);
                } else {
                    compile(folder.base().resolve(entry.name()), work);
                }
            }
            reportWrong();
        } finally {
            remember(files.keySet(), stamp);
        }
    }

    /** Fails the build if a policy has errors. */
    void refuse() throws MojoFailureException {
        if (refused > 0) {
            throw new MojoFailureException(refused + " of " + (good + refused) + " policies have errors, see above");
        }
    }

    /** Fails the build if a param was given that no policy declares. */
    void refuseUnusedParams() throws MojoFailureException {
        Set<String> unused = new TreeSet<>(options.params().keySet());
        unused.removeAll(declared);
        if (!unused.isEmpty()) {
            throw new MojoFailureException("no policy in `" + folder.folder() + "` has a param `"
                    + String.join("`, `", unused) + "`; remove it from params");
        }
    }

    /** Returns the number of policies without errors. */
    int good() {
        return good;
    }

    /** Returns the number of policies without errors that had changed. */
    int worked() {
        return worked;
    }

    /** Returns the number of outputs that were deleted because their policies no longer exist. */
    int removed() {
        return removed;
    }

    private Optional<Entry> unchanged(Stamp stamp, String name) throws MojoExecutionException {
        try {
            return stamp.unchanged(name);
        } catch (IOException e) {
            throw Failures.cannot("read", folder.base().resolve(name), e);
        }
    }

    private void reuse(Entry entry, Work work) {
        for (FileState input : entry.inputs().subList(1, entry.inputs().size())) {
            included.add(names.computeIfAbsent(
                    input.path(), path -> PolicyFolder.slashes(folder.base().relativize(path))));
        }
        declared.addAll(entry.params());
        entry.warnings().forEach(messages::warn);
        entries.put(entry.name(), entry);
        good++;
        work.unchanged(entry);
    }

    private void compile(Path file, Work work) throws MojoExecutionException, MojoFailureException {
        String name = folder.name(file);
        CompileResult result = withParams(file);
        included.addAll(result.files());
        if (result.policy().isEmpty()) {
            included.addAll(namedIn(file, name));
            wrong.put(name, result);
            return;
        }
        List<Path> inputs = new ArrayList<>(List.of(file));
        result.files().forEach(input -> inputs.add(folder.base().resolve(input).normalize()));
        List<String> warnings = result.diagnostics().stream()
                .map(warning -> Messages.text(folder.base(), warning))
                .toList();
        warnings.forEach(messages::warn);
        // Before the work, so that an input that changes during it counts as changed.
        List<FileState> states = states(inputs);
        Optional<Done> done =
                work.policy(new Compiled(file, name, result.policy().get(), result.diagnostics(), inputs));
        if (done.isEmpty()) {
            refused++;
            return;
        }
        good++;
        worked++;
        Entry entry = new Entry(
                Entry.Kind.POLICY,
                name,
                states,
                states(done.get().outputs()),
                result.policy().get().params().stream().map(Param::name).toList(),
                warnings,
                done.get().facts());
        entries.put(name, done.get().reusable() ? entry : entry.stale());
    }

    private static List<FileState> states(List<Path> files) throws MojoExecutionException {
        List<FileState> states = new ArrayList<>();
        for (Path file : files) {
            try {
                states.add(FileState.of(file));
            } catch (IOException e) {
                throw Failures.cannot("read", file, e);
            }
        }
        return states;
    }

    /**
     * Returns the files that a policy with syntax errors includes, by a search of its text. They
     * are not policies either, so their errors are not reported as such.
     */
    private static List<String> namedIn(Path file, String name) throws MojoExecutionException {
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw Failures.cannot("read", file, e);
        }
        return INCLUDE.matcher(text)
                .results()
                .map(match -> PolicyFolder.slashes(
                        Path.of(name).resolveSibling(match.group(1)).normalize()))
                .toList();
    }

    /**
     * Compiles with the given params that the policy declares. The compiler rejects undeclared
     * params, but the configured ones apply to a whole folder.
     */
    private CompileResult withParams(Path file) throws MojoExecutionException {
        CompileResult plain = compile(file, Map.of());
        if (plain.policy().isEmpty()) {
            return plain;
        }
        List<String> names = plain.policy().map(Policy::params).orElseThrow().stream()
                .map(Param::name)
                .toList();
        declared.addAll(names);
        Map<String, String> own = new TreeMap<>(options.params());
        own.keySet().retainAll(names);
        return own.isEmpty() ? plain : compile(file, own);
    }

    private CompileResult compile(Path file, Map<String, String> params) throws MojoExecutionException {
        Options own = new Options(options.targets(), options.order(), params, options.base());
        try {
            return compilations.compile(Path.of(folder.name(file)), own);
        } catch (IOException e) {
            throw Failures.cannot("read", file, e);
        }
    }

    /** Logs the errors of policies: of the files that no other policy includes. */
    private void reportWrong() throws MojoExecutionException {
        for (Map.Entry<String, CompileResult> file : wrong.entrySet()) {
            if (included.contains(file.getKey())) {
                Path path = folder.base().resolve(file.getKey());
                entries.put(
                        file.getKey(),
                        Entry.included(file.getKey(), states(List.of(path)).get(0)));
                continue;
            }
            refused++;
            for (Diagnostic diagnostic : file.getValue().diagnostics()) {
                String text = Messages.text(folder.base(), diagnostic);
                if (diagnostic.severity() == Diagnostic.Severity.ERROR) {
                    messages.error(text);
                } else {
                    messages.warn(text);
                }
            }
        }
    }

    /**
     * Deletes the outputs of policies that no longer exist, keeps in mind those of policies with
     * errors, and writes the stamp if it has changed.
     */
    private void remember(Set<String> present, Stamp stamp) throws MojoExecutionException {
        try {
            for (Entry old : stamp.entries()) {
                boolean policy = present.contains(old.name()) && !included.contains(old.name());
                if (old.equals(entries.get(old.name()))) {
                    continue;
                }
                if (!policy) {
                    removed += delete(old);
                } else if (entries.containsKey(old.name())) {
                    delete(old);
                } else if (!old.outputs().isEmpty()) {
                    entries.put(old.name(), old.stale());
                }
            }
            if (!stamp.isMadeOf(entries.values())) {
                Stamp.write(stampFile, begun, key, entries.values());
            }
        } catch (IOException e) {
            throw Failures.cannot("write", stampFile, e);
        }
    }

    /** Deletes the outputs of a file, unless another process or goal has changed them. */
    private int delete(Entry entry) throws IOException {
        int deleted = 0;
        for (FileState output : entry.outputs()) {
            boolean ours = entries.values().stream()
                    .noneMatch(other ->
                            other.outputs().stream().anyMatch(now -> now.path().equals(output.path())));
            if (ours && output.untouched()) {
                Files.delete(output.path());
                deleted++;
            }
        }
        return deleted;
    }
}
