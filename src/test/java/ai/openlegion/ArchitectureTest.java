package ai.openlegion;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.bus.Wire;
import ai.openlegion.identity.Caller;
import ai.openlegion.store.GroupMember;
import ai.openlegion.vault.Secret;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// What holds between the packages, one sentence a rule.
@AnalyzeClasses(packages = "ai.openlegion", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String ROOT = "ai.openlegion.";
    private static final String HOST = ROOT + "host..";
    private static final String CLI = ROOT + "cli..";
    private static final String AGENT = "ai.openlegion.agent..";

    /// The capabilities whose owners may one day be on another node.
    private static final String[] FABRIC = Stream.of("blackboard", "messaging", "schedule", "webhook", "workflow")
            .map(name -> ROOT + name + "..")
            .toArray(String[]::new);

    private static final Set<Class<?>> PLAIN = Set.of(
            String.class, Long.class, Integer.class, Boolean.class, byte[].class, List.class, Map.class, Set.class);

    @ArchTest
    static final ArchRule packages_have_no_cycles =
            slices().matching(ROOT + "(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule only_bus_sees_the_event_bus = noClasses()
            .that(resideOutsideOfPackages(ROOT + "bus.."))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.core.eventbus..");

    @ArchTest
    static final ArchRule only_the_store_its_group_members_tables_and_readers_see_sql = noClasses()
            .that(resideOutsideOfPackages(ROOT + "store.."))
            .and()
            .haveNameNotMatching(".*(Table|Reader)")
            .and(DescribedPredicate.not(assignableTo(GroupMember.class)))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "javax.sql..");

    @ArchTest
    static final ArchRule wire_types_are_records =
            classes().that().areAssignableTo(Wire.class).should(beRecordsOrSealedFamilies());

    @ArchTest
    static final ArchRule no_secret_travels_on_the_bus =
            classes().that().areAssignableTo(Wire.class).should(holdNoSecret());

    @ArchTest
    static final ArchRule what_may_cross_nodes_is_made_of_plain_values = classes()
            .that()
            .areAssignableTo(Wire.class)
            .and()
            .resideInAnyPackage(FABRIC)
            .should(holdPlainValues());

    @ArchTest
    static final ArchRule a_verticle_is_reached_over_the_bus_only =
            noClasses().that(resideOutsideOfPackages(HOST)).should(dependOnAnothersVerticle());

    @ArchTest
    static final ArchRule a_caller_is_made_only_where_tokens_are_checked = noClasses()
            .that(resideOutsideOfPackages(ROOT + "identity.."))
            .should()
            .callConstructorWhere(
                    describe("the caller's", call -> call.getTargetOwner().isEquivalentTo(Caller.class)));

    @ArchTest
    static final ArchRule time_is_injected_everywhere_but_in_host_and_command_line = noClasses()
            .that(resideOutsideOfPackages(HOST, CLI))
            .and()
            .doNotBelongToAnyOf(ai.openlegion.agent.Main.class, ai.openlegion.agent.rehearsal.Rehearsal.class)
            .should()
            .callMethodWhere(readsAClock());

    @ArchTest
    static final ArchRule nothing_sleeps =
            noClasses().should().callMethodWhere(describe("Thread.sleep", call -> calls(call, Thread.class, "sleep")));

    @ArchTest
    static final ArchRule nothing_waits_for_a_future_but_host_and_command_line = noClasses()
            .that(resideOutsideOfPackages(HOST, CLI))
            .should()
            .callMethodWhere(describe("Future.await", call -> calls(call, Future.class, "await")));

    @ArchTest
    static final ArchRule only_host_and_command_line_use_the_standard_streams = noClasses()
            .that(resideOutsideOfPackages(HOST, CLI, AGENT))
            .and()
            .doNotBelongToAnyOf(Main.class)
            .should(ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule nothing_throws_a_generic_exception = NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;

    /* Evidence is the exception on purpose: whether the log was touched must not be asked of the mesh that wrote it. */
    @ArchTest
    static final ArchRule the_command_line_uses_the_mesh_over_http_only = noClasses()
            .that(resideInAnyPackage(CLI))
            .should()
            .dependOnClassesThat(describe(
                    "belong to a capability other than config (and fleet), evidence, identity, host and the simulator",
                    other -> other.getPackageName().startsWith(ROOT)
                            && !Set.of(
                                            "cli",
                                            "config",
                                            "evidence",
                                            "evidence.report",
                                            "fleet",
                                            "identity",
                                            "host",
                                            "simulator")
                                    .contains(other.getPackageName().substring(ROOT.length()))));

    @ArchTest
    static final ArchRule evidence_needs_no_running_mesh = noClasses()
            .that()
            .resideInAPackage(ROOT + "evidence..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", HOST, ROOT + "bus..", ROOT + "control..", ROOT + "gateway..");

    @ArchTest
    static final ArchRule the_agent_of_the_image_is_made_of_the_jdk_alone = classes()
            .that()
            .resideInAPackage(AGENT)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(AGENT, "java..", "com.sun.net.httpserver..", "org.jspecify..");

    @ArchTest
    static final ArchRule the_classes_of_the_image_need_no_annotations_either = noClasses()
            .that()
            .resideInAPackage(AGENT)
            .and()
            .doNotHaveSimpleName("package-info")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.jspecify..");

    @ArchTest
    static final ArchRule nothing_knows_the_agent_of_the_image = noClasses()
            .that(resideOutsideOfPackages(AGENT))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(AGENT);

    @ArchTest
    static void the_rules_have_read_the_whole_program(JavaClasses all) {
        assertThat(all).as("classes read").hasSizeGreaterThanOrEqualTo(60);
    }

    private static DescribedPredicate<JavaMethodCall> readsAClock() {
        Set<String> clocks = Set.of(
                "java.time.Instant.now",
                "java.time.LocalDate.now",
                "java.time.LocalDateTime.now",
                "java.time.OffsetDateTime.now",
                "java.time.ZonedDateTime.now",
                "java.time.Clock.systemUTC",
                "java.time.Clock.systemDefaultZone",
                "java.time.InstantSource.system",
                "java.lang.System.currentTimeMillis");
        return describe(
                "read the wall clock",
                call -> clocks.contains(call.getTargetOwner().getName() + "." + call.getName()));
    }

    private static boolean calls(JavaMethodCall call, Class<?> owner, String method) {
        return call.getTargetOwner().isAssignableTo(owner) && call.getName().equals(method);
    }

    private static ArchCondition<JavaClass> beRecordsOrSealedFamilies() {
        return new ArchCondition<>("be records, or sealed families of them") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean family = type.isInterface()
                        && (type.isEquivalentTo(Wire.class) || type.reflect().isSealed());
                events.add(new SimpleConditionEvent(type, type.isRecord() || family, type.getName()));
            }
        };
    }

    private static ArchCondition<JavaClass> holdPlainValues() {
        return new ArchCondition<>(
                "hold numbers, texts, bytes, collections and records of them, down to the last field") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaField field : type.getFields()) {
                    boolean constant = field.getModifiers().contains(JavaModifier.STATIC);
                    boolean plain = constant
                            || field.getType().getAllInvolvedRawTypes().stream()
                                    .allMatch(held -> isPlain(held.reflect()));
                    events.add(new SimpleConditionEvent(type, plain, field.getFullName()));
                }
            }
        };
    }

    private static boolean isPlain(Class<?> type) {
        if (type.isPrimitive() || type.isEnum() || PLAIN.contains(type)) {
            return true;
        }
        return type.isRecord()
                ? Stream.of(type.getRecordComponents())
                        .flatMap(component -> involved(component.getGenericType()))
                        .allMatch(ArchitectureTest::isPlain)
                : type.isSealed() && Stream.of(type.getPermittedSubclasses()).allMatch(ArchitectureTest::isPlain);
    }

    private static Stream<Class<?>> involved(Type type) {
        return type instanceof ParameterizedType generic
                ? Stream.concat(
                        involved(generic.getRawType()),
                        Stream.of(generic.getActualTypeArguments()).flatMap(ArchitectureTest::involved))
                : type instanceof Class<?> plain ? Stream.of(plain) : Stream.of(Object.class);
    }

    private static ArchCondition<JavaClass> dependOnAnothersVerticle() {
        return new ArchCondition<>("depend on a verticle of another package") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass();
                    boolean theirs = target.isAssignableTo(VerticleBase.class)
                            && target.getPackageName().startsWith(ROOT)
                            && !target.getPackageName().equals(type.getPackageName());
                    events.add(new SimpleConditionEvent(type, theirs, dependency.getDescription()));
                }
            }
        };
    }

    private static ArchCondition<JavaClass> holdNoSecret() {
        return new ArchCondition<>("hold no secret") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaField field : type.getAllFields()) {
                    boolean secret = field.getType().getAllInvolvedRawTypes().stream()
                            .anyMatch(involved -> involved.isEquivalentTo(Secret.class));
                    events.add(new SimpleConditionEvent(type, !secret, field.getFullName()));
                }
            }
        };
    }
}
