// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.File;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.bypass.Requirement;
import org.ringwall.compiler.pipeline.Settings;

/**
 * Compiles every {@code *.wall} file of a folder to an object of the same name. An error in any
 * file fails the build, after the errors of all files have been reported.
 */
@Mojo(name = "compile", defaultPhase = LifecyclePhase.COMPILE, threadSafe = true)
public final class CompileMojo extends AbstractMojo {
    private static final String USUAL_SOURCES = "src/main/wall";

    /** The project's folder. Messages and objects name policies by their path relative to it. */
    @Parameter(defaultValue = "${project.basedir}", readonly = true, required = true)
    private File basedir = new File(".");

    /** The folder of policies, including its subfolders. */
    @Parameter(defaultValue = "${project.basedir}/src/main/wall", required = true)
    private File sourceDirectory = new File("src/main/wall");

    /**
     * The folder of objects, with the same subfolders as the policies. An object whose policy was
     * removed is deleted.
     */
    @Parameter(defaultValue = "${project.build.directory}/ringwall", required = true)
    private File outputDirectory = new File("target/ringwall");

    /** The file that lists the objects that this execution has written. */
    @Parameter(
            defaultValue =
                    "${project.build.directory}/maven-status/ringwall-maven-plugin/compile/${mojo.executionId}/objects.lst",
            readonly = true,
            required = true)
    private File written = new File("target/maven-status/ringwall-maven-plugin/compile/default/objects.lst");

    /**
     * Kernels on which every object must load, such as 5.10. If empty: 5.10, or what a policy
     * requires.
     */
    @Parameter(property = "ringwall.targets")
    private List<String> targets = new ArrayList<>();

    /** Byte order of the machines that run the objects: {@code little} or {@code big}. */
    @Parameter(property = "ringwall.endian", defaultValue = "little")
    private String endian = "little";

    /**
     * Values of params that replace their defaults, in every policy that declares a param of that
     * name.
     */
    @Parameter
    private Map<String, String> params = new LinkedHashMap<>();

    /**
     * Blocks that must not leave open a bypass that a policy could close, such as {@code egress}.
     * {@code egress:strict} also fails on bypasses that no policy could close. {@code packets}
     * names both blocks for packets. The requirement applies to every policy of the folder.
     */
    @Parameter(property = "ringwall.requireCovered")
    private List<String> requireCovered = new ArrayList<>();

    /** Whether to skip the goal. */
    @Parameter(property = "ringwall.skip", defaultValue = "false")
    private boolean skip;

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skip) {
            getLog().info("skipping the policies");
            return;
        }
        Settings settings = new Settings(versions(), order(), values());
        List<Requirement> requirements = requirements();
        Path project = basedir.toPath();
        WrittenObjects objects =
                new WrittenObjects(project.resolve(outputDirectory.toPath()), project.resolve(written.toPath()));
        if (!sourceDirectory.exists() && sourceDirectory.equals(new File(basedir, USUAL_SOURCES))) {
            objects.keep(Set.of());
            getLog().info("no policies to compile: `" + sourceDirectory + "` does not exist");
            return;
        }
        new PolicyFolder(project, sourceDirectory.toPath(), objects, settings, requirements, getLog()).compile();
    }

    /** Returns the params. Maven passes null for an empty element. */
    private Map<String, String> values() throws MojoFailureException {
        for (Map.Entry<String, String> param : params.entrySet()) {
            if (param.getValue() == null) {
                throw new MojoFailureException("`params` has no value for the param `" + param.getKey() + "`");
            }
        }
        return params;
    }

    private static List<String> words(List<String> given) {
        return given.stream()
                .filter(word -> word != null && !word.isBlank())
                .map(String::strip)
                .toList();
    }

    private List<Requirement> requirements() throws MojoFailureException {
        List<Requirement> requirements = new ArrayList<>();
        for (String block : words(requireCovered)) {
            try {
                requirements.addAll(Requirement.parse(block));
            } catch (Requirement.UnknownBlockException e) {
                throw new MojoFailureException("requireCovered: " + e.getMessage() + "; " + e.help(), e);
            }
        }
        return requirements;
    }

    private List<KernelVersion> versions() throws MojoFailureException {
        List<KernelVersion> versions = new ArrayList<>();
        for (String target : words(targets)) {
            Optional<KernelVersion> version = KernelVersion.parse(target);
            versions.add(version.orElseThrow(() -> new MojoFailureException(
                    "`" + target + "` is not a kernel version; write a version such as 5.10 in targets")));
        }
        return versions;
    }

    private ByteOrder order() throws MojoFailureException {
        return switch (endian) {
            case "little" -> ByteOrder.LITTLE_ENDIAN;
            case "big" -> ByteOrder.BIG_ENDIAN;
            default ->
                throw new MojoFailureException(
                        "`" + endian + "` is not a byte order; write `little` or `big` as endian");
        };
    }
}
