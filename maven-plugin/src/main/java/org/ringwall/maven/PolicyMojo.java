// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.Ringwall;

/** A goal that compiles the policies of the project, with the settings that these goals share. */
abstract class PolicyMojo extends AbstractMojo {
    /** The ending of the name of a stamp. */
    static final String STAMP = ".stamp";

    private static final String USUAL_SOURCES = "src/main/wall";

    /** The project's folder. Messages and objects name policies by their path relative to it. */
    @Parameter(defaultValue = "${project.basedir}", readonly = true, required = true)
    private File basedir = new File(".");

    /** The folder of policies, including its subfolders. */
    @Parameter(defaultValue = "${project.basedir}/src/main/wall", required = true)
    private File sourceDirectory = new File("src/main/wall");

    /**
     * The folder of the stamps, by which a goal detects changes; each execution has a subfolder.
     */
    @Parameter(
            defaultValue = "${project.build.directory}/maven-status/ringwall-maven-plugin",
            readonly = true,
            required = true)
    private File statusDirectory = new File("target/maven-status/ringwall-maven-plugin");

    /** The id of the execution, which has stamps of its own. */
    @Parameter(defaultValue = "${mojo.executionId}", readonly = true, required = true)
    private String execution = "default";

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
     * The folder of the sources of dependencies of the type {@code wallpack}, in {@code
     * GROUP/ARTIFACT}, which policies can include.
     */
    @Parameter(defaultValue = "${project.build.directory}/wall", required = true)
    private File dependencyDirectory = new File("target/wall");

    @Parameter(defaultValue = "${project.artifacts}", readonly = true, required = true)
    private Set<Artifact> artifacts = new HashSet<>();

    /** Whether to skip the goals of this plugin. */
    @Parameter(property = "ringwall.skip", defaultValue = "false")
    private boolean skip;

    boolean skipped() {
        if (skip) {
            getLog().info("skipping the policies");
        }
        return skip;
    }

    Path project() {
        return basedir.toPath();
    }

    PolicyFolder sources() {
        return new PolicyFolder(project(), sourceDirectory.toPath());
    }

    /** Returns whether the project has no policies: the usual folder does not exist. */
    boolean hasNoSources() {
        return !sourceDirectory.exists() && sourceDirectory.equals(new File(basedir, USUAL_SOURCES));
    }

    /** Fails if the folder of policies does not exist. */
    void refuseMissingSources() throws MojoFailureException {
        Path folder = sources().folder();
        if (!Files.isDirectory(folder)) {
            throw new MojoFailureException(
                    "there is no folder `" + folder + "`; set sourceDirectory to an existing one");
        }
    }

    /** Unpacks the sources of dependencies, so that policies can include them. */
    void unpackDependencies(String goal) throws MojoExecutionException, MojoFailureException {
        Path folder =
                project().resolve(dependencyDirectory.toPath()).toAbsolutePath().normalize();
        Path stamp = project().resolve(statusDirectory.toPath()).resolve("dependencies" + STAMP);
        new Dependencies(folder, stamp).unpack(goal + "/" + execution, artifacts);
    }

    /** Returns the stamp of a goal in this execution. */
    Path stamp(String goal) {
        return project().resolve(statusDirectory.toPath()).resolve(goal).resolve(execution + STAMP);
    }

    /** Returns the folder of the stamps of all executions of a goal. */
    Path stamps(String goal) {
        return project().resolve(statusDirectory.toPath()).resolve(goal);
    }

    /**
     * Returns the messages of this goal. Messages that earlier goals have logged are not repeated.
     */
    Messages messages() {
        return new Messages(getLog(), reported());
    }

    /** Returns the results of the compiler that the goals of this build share. */
    Compilations compilations() {
        Map<String, Object> context = getPluginContext();
        return context == null
                ? new Compilations()
                : (Compilations) context.computeIfAbsent("ringwall.compilations", name -> new Compilations());
    }

    @SuppressWarnings("unchecked")
    private Set<String> reported() {
        Map<String, Object> context = getPluginContext();
        return context == null
                ? new HashSet<>()
                : (Set<String>) context.computeIfAbsent("ringwall.reported", name -> new HashSet<String>());
    }

    Options options() throws MojoFailureException {
        try {
            return new Options(words(targets), order(), values(), sources().base());
        } catch (IllegalArgumentException e) {
            throw new MojoFailureException(e.getMessage() + " in targets", e);
        }
    }

    /**
     * Returns a key that changes with every setting on which the result of a goal depends, and with
     * the version of this plugin.
     *
     * @param more the settings of the goal itself
     */
    String key(Object... more) throws MojoFailureException {
        return String.join(
                "\n",
                Ringwall.version(),
                jar(Ringwall.class),
                jar(PolicyMojo.class),
                sources().folder().toString(),
                words(targets).toString(),
                order().toString(),
                new TreeMap<>(values()).toString(),
                List.of(more).toString());
    }

    /** Returns path, size and time of a jar, because a snapshot changes without its version. */
    private static String jar(Class<?> member) {
        Optional<CodeSource> source =
                Optional.ofNullable(member.getProtectionDomain().getCodeSource());
        try {
            Path file = Path.of(source.orElseThrow().getLocation().toURI());
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return file + " " + attributes.size() + " " + attributes.lastModifiedTime();
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("a class was loaded from a place that cannot be read", e);
        }
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

    static List<String> words(List<String> given) {
        return given.stream()
                .filter(word -> word != null && !word.isBlank())
                .map(String::strip)
                .toList();
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
