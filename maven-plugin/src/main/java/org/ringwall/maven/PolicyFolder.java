package org.ringwall.maven;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugin.logging.Log;
import org.ringwall.compiler.coverage.CoveragePrinter;
import org.ringwall.compiler.coverage.Requirement;
import org.ringwall.compiler.driver.Compilation;
import org.ringwall.compiler.driver.CompileResult;
import org.ringwall.compiler.driver.Compiler;
import org.ringwall.compiler.driver.Settings;
import org.ringwall.compiler.files.DiskFiles;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.Severity;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;

/** A folder of policies on its way to a folder of objects: each policy on its own, so that one error hides no other. */
final class PolicyFolder {
    private static final String POLICY = ".wall";

    private final Path project;
    private final Path sources;
    private final Path objects;
    private final Settings settings;
    private final List<Requirement> requirements;
    private final Log log;
    private final Set<String> declared = new TreeSet<>();
    private final Set<String> included = new TreeSet<>();

    /** Relative folders are the project's. */
    PolicyFolder(Path project, Path sources, Path objects, Settings settings, List<Requirement> requirements, Log log) {
        this.project = project.toAbsolutePath().normalize();
        this.sources = this.project.resolve(sources).normalize();
        this.objects = this.project.resolve(objects).normalize();
        this.settings = settings;
        this.requirements = List.copyOf(requirements);
        this.log = log;
    }

    void compile() throws MojoExecutionException, MojoFailureException {
        if (!Files.isDirectory(sources)) {
            throw new MojoFailureException("there is no folder `" + sources + "`; name it as sourceDirectory");
        }
        List<Path> policies = policies();
        Map<String, List<Diagnostic>> wrong = new LinkedHashMap<>();
        int refused = 0;
        int good = 0;
        for (Path policy : policies) {
            switch (compile(policy, wrong)) {
                case WRITTEN -> good++;
                case REFUSED -> refused++;
                case WRONG -> {
                    // Told below, if it is a policy.
                }
            }
        }
        wrong.keySet().removeAll(included);
        wrong.values().forEach(all -> all.forEach(this::tell));
        refused += wrong.size();
        if (refused > 0) {
            throw new MojoFailureException(refused + " of " + (good + refused) + " policies are wrong, see above");
        }
        refuseUnusedParams();
        if (good == 0) {
            log.warn("there is no policy in `" + sources + "`; policies end with " + POLICY);
        } else {
            log.info(good + " policies compiled to " + objects);
        }
    }

    /** What became of one file. */
    private enum Outcome {
        WRITTEN,
        /** Reported already. */
        REFUSED,
        /** No policy, which is right for a file that another one includes. */
        WRONG
    }

    private List<Path> policies() throws MojoExecutionException {
        try (Stream<Path> files = Files.walk(sources)) {
            return files.filter(file -> file.getFileName().toString().endsWith(POLICY))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new MojoExecutionException("cannot list `" + sources + "`", e);
        }
    }

    /** The object of a policy that is not written is left as it was. */
    private Outcome compile(Path policy, Map<String, List<Diagnostic>> wrong) throws MojoExecutionException {
        Optional<String> text = read(policy);
        if (text.isEmpty()) {
            return Outcome.REFUSED;
        }
        SourceFile source = new SourceFile(name(policy), text.get());
        CompileResult result = withParams(source, new DiskFiles(base(policy)));
        result.files().forEach(file -> included.add(file.name()));
        if (result.compilation().isEmpty()) {
            wrong.put(source.name(), result.diagnostics());
            return Outcome.WRONG;
        }
        result.diagnostics().forEach(this::tell);
        String failures = new CoveragePrinter(result.compilation().get().coverage()).failures(requirements);
        if (!failures.isEmpty()) {
            log.error(name(policy) + ": " + failures.stripTrailing());
            return Outcome.REFUSED;
        }
        write(policy, result.compilation().get());
        return Outcome.WRITTEN;
    }

    /** The compiler refuses params that a policy does not declare, and those given here are for a whole folder. */
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

    /** The name is in the object, so it must not depend on where the project was checked out. */
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
            throw new MojoExecutionException("cannot read `" + policy + "`", e);
        }
    }

    /** Writes beside the object and renames, so that nobody sees half of it. */
    private void write(Path policy, Compilation compilation) throws MojoExecutionException {
        String relative = sources.relativize(policy).toString();
        Path object = objects.resolve(relative.substring(0, relative.length() - POLICY.length()) + ".o");
        Path part = object.resolveSibling(object.getFileName() + ".part");
        try {
            Files.createDirectories(object.getParent());
            Files.write(part, compilation.elf().toArray());
            Files.move(part, object, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new MojoExecutionException("cannot write `" + object + "`", e);
        }
    }

    private void tell(Diagnostic diagnostic) {
        String text = DiagnosticRenderer.render(diagnostic).strip();
        if (diagnostic.severity() == Severity.ERROR) {
            log.error(text);
        } else {
            log.warn(text);
        }
    }
}
