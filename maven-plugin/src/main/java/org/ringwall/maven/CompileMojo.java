package org.ringwall.maven;

import java.io.File;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.driver.Compilation;
import org.ringwall.compiler.driver.CompileResult;
import org.ringwall.compiler.driver.Compiler;
import org.ringwall.compiler.driver.Settings;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.Severity;
import org.ringwall.compiler.source.SourceFile;

/** Compiles every {@code *.wall} file of a folder to an object of the same name; any error fails the build. */
@Mojo(name = "compile", defaultPhase = LifecyclePhase.COMPILE, threadSafe = true)
public final class CompileMojo extends AbstractMojo {
    /** The folder of policies; its subfolders count. */
    @Parameter(defaultValue = "${project.basedir}/src/main/wall", required = true)
    private File sourceDirectory = new File("src/main/wall");

    /** Where objects go, in the subfolders of their policies. */
    @Parameter(defaultValue = "${project.build.directory}/ringwall", required = true)
    private File outputDirectory = new File("target/ringwall");

    /** Kernels that every object must load on, as 5.10; none means 5.10, or what a policy requires. */
    @Parameter(property = "ringwall.targets")
    private List<String> targets = new ArrayList<>();

    /** Whether to do nothing. */
    @Parameter(property = "ringwall.skip", defaultValue = "false")
    private boolean skip;

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skip) {
            getLog().info("policies are skipped");
            return;
        }
        Path root = sourceDirectory.toPath();
        if (!Files.isDirectory(root)) {
            throw new MojoFailureException("there is no folder `" + root + "`; name it as sourceDirectory");
        }
        Settings settings = new Settings(versions(), ByteOrder.LITTLE_ENDIAN, Map.of());
        int wrong = 0;
        List<Path> policies = policies(root);
        for (Path policy : policies) {
            wrong += compile(root, policy, settings) ? 0 : 1;
        }
        if (wrong > 0) {
            throw new MojoFailureException(wrong + " of " + policies.size() + " policies are wrong, see above");
        }
        getLog().info(policies.size() + " policies compiled to " + outputDirectory);
    }

    private List<KernelVersion> versions() throws MojoFailureException {
        List<KernelVersion> versions = new ArrayList<>();
        for (String target : targets) {
            Optional<KernelVersion> version = KernelVersion.parse(target);
            versions.add(version.orElseThrow(
                    () -> new MojoFailureException("`" + target + "` is not a kernel version; write 5.10")));
        }
        return versions;
    }

    private static List<Path> policies(Path root) throws MojoExecutionException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".wall"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new MojoExecutionException("cannot list `" + root + "`", e);
        }
    }

    private boolean compile(Path root, Path policy, Settings settings) throws MojoExecutionException {
        try {
            CompileResult result =
                    Compiler.compile(new SourceFile(policy.toString(), Files.readString(policy)), settings);
            result.diagnostics().forEach(this::log);
            if (result.compilation().isPresent()) {
                write(root.relativize(policy), result.compilation().get());
            }
            return result.compilation().isPresent();
        } catch (IOException e) {
            throw new MojoExecutionException("cannot read `" + policy + "` or write its object", e);
        }
    }

    private void write(Path relative, Compilation compilation) throws IOException {
        String name = relative.toString();
        Path out = outputDirectory.toPath().resolve(name.substring(0, name.length() - ".wall".length()) + ".o");
        Files.createDirectories(out.toAbsolutePath().getParent());
        Files.write(out, compilation.elf().toArray());
    }

    private void log(Diagnostic diagnostic) {
        String text = DiagnosticRenderer.render(diagnostic).strip();
        if (diagnostic.severity() == Severity.ERROR) {
            getLog().error(text);
        } else {
            getLog().warn(text);
        }
    }
}
