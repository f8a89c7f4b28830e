// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugin.logging.Log;
import org.ringwall.compiler.bypass.CoveragePrinter;
import org.ringwall.compiler.bypass.Requirement;
import org.ringwall.compiler.files.DiskFiles;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.Severity;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;

/**
 * A compilation of a folder of policies to a folder of objects. Each policy is compiled separately,
 * so that an error in one does not hide errors in others.
 */
final class PolicyFolder {
    private static final String POLICY = ".wall";

    /** Excludes characters that are invalid in a path on some systems. */
    private static final Pattern INCLUDE = Pattern.compile("(?m)^[ \\t]*include[ \\t]+\"([^\"\\p{Cntrl}<>:|?*]+)\"");

    private final Path project;
    private final Path sources;
    private final WrittenObjects objects;
    private final Settings settings;
    private final List<Requirement> requirements;
    private final Log log;
    private final Set<String> declared = new TreeSet<>();
    private final Set<String> included = new TreeSet<>();
    private final Set<String> told = new HashSet<>();

    /** Creates a compilation. A relative `sources` is resolved against the project. */
    PolicyFolder(
            Path project,
            Path sources,
            WrittenObjects objects,
            Settings settings,
            List<Requirement> requirements,
            Log log) {
        this.project = project.toAbsolutePath().normalize();
        this.sources = this.project.resolve(sources).normalize();
        this.objects = objects;
        this.settings = settings;
        this.requirements = List.copyOf(requirements);
        this.log = log;
    }

    void compile() throws MojoExecutionException, MojoFailureException {
        if (!Files.isDirectory(sources)) {
            throw new MojoFailureException(
                    "there is no folder `" + sources + "`; set sourceDirectory to an existing one");
        }
        List<Path> policies = policies();
        for (Path policy : policies) {
            refuseUnwritable(policy);
        }
        Map<String, List<Diagnostic>> wrong = new LinkedHashMap<>();
        int refused = 0;
        int good = 0;
        for (Path policy : policies) {
            switch (compile(policy, wrong)) {
                case WRITTEN -> good++;
                case REFUSED -> refused++;
                case WRONG -> {
                    // Reported below, unless it is an included file.
                }
            }
        }
        wrong.keySet().removeAll(included);
        wrong.values().forEach(all -> all.forEach(this::tell));
        refused += wrong.size();
        takeAwayOthers(policies);
        if (refused > 0) {
            throw new MojoFailureException(refused + " of " + (good + refused) + " policies have errors, see above");
        }
        refuseUnusedParams();
        if (good == 0) {
            log.warn("there is no policy in `" + sources + "`; the names of policies end with " + POLICY);
        } else {
            log.info(good + (good == 1 ? " policy" : " policies") + " compiled to " + objects.folder());
        }
    }

    private void takeAwayOthers(List<Path> policies) throws MojoExecutionException {
        Set<String> names = new TreeSet<>();
        for (Path policy : policies) {
            if (!included.contains(name(policy))) {
                names.add(object(policy));
            }
        }
        int gone = objects.keep(names);
        if (gone > 0) {
            log.info(gone + (gone == 1 ? " object" : " objects") + " without a policy removed");
        }
    }

    /** The result for one file. */
    private enum Outcome {
        WRITTEN,
        /** An error that has been reported. */
        REFUSED,
        /**
         * Errors not yet reported: the file may not be a policy but a file that a policy includes.
         */
        WRONG
    }

    private List<Path> policies() throws MojoExecutionException {
        try (Stream<Path> files = Files.walk(sources, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(file -> file.getFileName().toString().endsWith(POLICY))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            IOException cause = e.getCause();
            throw unlisted(cause == null ? new IOException(e) : cause);
        } catch (IOException e) {
            throw unlisted(e);
        }
    }

    /**
     * Rejects a file name that Java cannot represent as text in this locale: messages, the object
     * and its file name would have a different one.
     */
    private void refuseUnwritable(Path policy) throws MojoFailureException {
        Path relative = sources.relativize(policy);
        boolean same;
        try {
            same = relative.equals(Path.of(relative.toString()));
        } catch (InvalidPathException e) {
            same = false;
        }
        if (!same) {
            throw new MojoFailureException("the name of `" + relative
                    + "` has characters that the locale of this build does not support; run Maven with LC_ALL=C.UTF-8");
        }
    }

    private MojoExecutionException unlisted(IOException e) {
        String reason = e instanceof FileSystemLoopException loop
                ? "the symbolic link `" + loop.getFile() + "` points to a folder that contains it"
                : WrittenObjects.reason(e);
        return new MojoExecutionException("cannot list `" + sources + "`: " + reason, e);
    }

    /** Compiles one policy. After an error its previous object is left as it is. */
    private Outcome compile(Path policy, Map<String, List<Diagnostic>> wrong)
            throws MojoExecutionException, MojoFailureException {
        Optional<String> text = read(policy);
        if (text.isEmpty()) {
            return Outcome.REFUSED;
        }
        SourceFile source = new SourceFile(name(policy), text.get());
        CompileResult result = withParams(source, new DiskFiles(base(policy)));
        result.files().forEach(file -> included.add(file.name()));
        if (result.compilation().isEmpty()) {
            included.addAll(namedIn(source));
            wrong.put(source.name(), result.diagnostics());
            return Outcome.WRONG;
        }
        result.diagnostics().forEach(this::tell);
        String failures = new CoveragePrinter(result.compilation().get().coverage()).failures(requirements);
        if (!failures.isEmpty()) {
            log.error(name(policy) + ": " + failures.stripTrailing());
            return Outcome.REFUSED;
        }
        List<Path> inputs = new ArrayList<>(List.of(policy));
        result.files().forEach(file -> inputs.add(base(policy).resolve(file.name())));
        objects.write(object(policy), result.compilation().get().elf().toArray(), inputs);
        return Outcome.WRITTEN;
    }

    /**
     * Returns the files that a policy includes, from its text: it cannot be parsed, but the files
     * that it includes are still not policies.
     */
    private static List<String> namedIn(SourceFile source) {
        Path file = Path.of(source.name());
        return INCLUDE.matcher(source.text())
                .results()
                .map(match -> slashes(file.resolveSibling(match.group(1)).normalize()))
                .toList();
    }

    /**
     * Compiles with those given params that the policy declares. The compiler rejects undeclared
     * params, but the given ones apply to a whole folder.
     */
    private CompileResult withParams(SourceFile source, SourceFiles files) {
        CompileResult plain =
                Compiler.compile(source, files, new Settings(settings.targets(), settings.order(), Map.of()));
        if (plain.compilation().isEmpty()) {
            return plain;
        }
        Set<String> names = plain.compilation().get().policy().params().stream()
                .map(Param::name)
                .collect(Collectors.toSet());
        declared.addAll(names);
        Map<String, String> own = new TreeMap<>(settings.params());
        own.keySet().retainAll(names);
        return own.isEmpty()
                ? plain
                : Compiler.compile(source, files, new Settings(settings.targets(), settings.order(), own));
    }

    private void refuseUnusedParams() throws MojoFailureException {
        Set<String> unused = new TreeSet<>(settings.params().keySet());
        unused.removeAll(declared);
        if (!unused.isEmpty()) {
            throw new MojoFailureException("no policy in `" + sources + "` has a param `" + String.join("`, `", unused)
                    + "`; remove it from params");
        }
    }

    /**
     * Returns the name of a policy. The object contains it, so it must not depend on where the
     * project was checked out.
     */
    private String name(Path policy) {
        return slashes(base(policy).relativize(policy));
    }

    private Path base(Path policy) {
        return policy.startsWith(project) ? project : sources;
    }

    private static String slashes(Path relative) {
        return relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
    }

    private Optional<String> read(Path policy) throws MojoExecutionException {
        try {
            return Optional.of(Files.readString(policy, StandardCharsets.UTF_8));
        } catch (CharacterCodingException e) {
            log.error("`" + name(policy) + "` is not text in UTF-8; save the policy as UTF-8");
            return Optional.empty();
        } catch (IOException e) {
            throw new MojoExecutionException("cannot read `" + policy + "`: " + WrittenObjects.reason(e), e);
        }
    }

    /** Returns the path of a policy's object relative to the folder of objects, with slashes. */
    private String object(Path policy) {
        String relative = slashes(sources.relativize(policy));
        return relative.substring(0, relative.length() - POLICY.length()) + ".o";
    }

    /** Logs a diagnostic once, even if several policies include the file that it refers to. */
    private void tell(Diagnostic diagnostic) {
        String text = DiagnosticRenderer.render(diagnostic).strip();
        if (!told.add(text)) {
            return;
        }
        if (diagnostic.severity() == Severity.ERROR) {
            log.error(text);
        } else {
            log.warn(text);
        }
    }
}
