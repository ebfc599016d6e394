using System.Net;

namespace Islet.Tests.Waiting;

public sealed class HttpWaitTests : WaitTests
{
    private static readonly string s_ok = ScriptedHttpServer.Answer("200 OK", "{\"status\":\"UP\"}");
    private static readonly string s_unavailable = ScriptedHttpServer.Answer("503 Service Unavailable", "starting");

    [Fact]
    public async Task A_success_status_is_enough()
    {
        await using var server = new ScriptedHttpServer(tls: false, ScriptedHttpServer.Answer("204 No Content"));
        await WaitAsync(Wait.ForHttp(8080, "/health?full=1"), ContainerWith(server, 8080));

        string request = Assert.Single(server.Requests);
        Assert.StartsWith("GET /health?full=1 HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("Host: localhost:8080\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_sent_before_the_port_accepts_connections()
    {
        await using var server = new ScriptedHttpServer(tls: false, s_ok);
        var container = new FakeContainer { Dial = server.DialAsync };
        Task wait = WaitAsync(Wait.ForHttp(), container);
        Assert.False(wait.IsCompleted);
        Assert.Empty(server.Requests);
        container.OpenPort(80);
        await wait;
    }

    [Fact]
    public async Task Another_status_is_asked_again()
    {
        await using var server = new ScriptedHttpServer(tls: false, s_unavailable, s_unavailable, s_ok);
        Task wait = WaitAsync(Wait.ForHttp(), ContainerWith(server));
        await AdvanceOverPausesAsync(2);
        await wait;
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_refused_connection_is_tried_again()
    {
        await using var server = new ScriptedHttpServer(tls: false, s_ok);
        int dials = 0;
        var container = new FakeContainer
        {
            Dial = (port, token) => ++dials == 1 ? throw new IOException("refused") : server.DialAsync(port, token),
        };
        container.OpenPort(80);
        Task wait = WaitAsync(Wait.ForHttp(), container);
        await AdvanceOverPausesAsync(1);
        await wait;
    }

    [Fact]
    public async Task ForStatus_waits_for_one_of_those()
    {
        await using var server = new ScriptedHttpServer(tls: false, s_ok, ScriptedHttpServer.Answer("401 Unauthorized"));
        HttpWait strategy = Wait.ForHttp().ForStatus(HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden);
        Task wait = WaitAsync(strategy, ContainerWith(server));
        await AdvanceOverPausesAsync(1);
        await wait;
        Assert.EndsWith("to answer with status 401 or 403", strategy.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForStatus_takes_a_condition()
    {
        await using var server = new ScriptedHttpServer(tls: false, ScriptedHttpServer.Answer("404 Not Found"));
        await WaitAsync(Wait.ForHttp().ForStatus(status => (int)status < 500), ContainerWith(server));
    }

    [Fact]
    public async Task A_redirect_is_an_answer_and_is_not_followed()
    {
        await using var server = new ScriptedHttpServer(
            tls: false, "HTTP/1.1 302 Found\r\nLocation: http://example.invalid/\r\nContent-Length: 0\r\n\r\n");
        await WaitAsync(Wait.ForHttp().ForStatus(HttpStatusCode.Found), ContainerWith(server));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task ForBody_waits_for_a_body_that_satisfies_the_condition()
    {
        await using var server = new ScriptedHttpServer(
            tls: false, ScriptedHttpServer.Answer("200 OK", "DOWN"), "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nUP");
        Task wait = WaitAsync(Wait.ForHttp().ForBody(body => body == "UP"), ContainerWith(server));
        await AdvanceOverPausesAsync(1);
        await wait;
    }

    [Fact]
    public async Task ForBody_is_given_the_first_MiB_of_an_endless_body()
    {
        string body = new('x', 3 * 1024 * 1024);
        await using var server = new ScriptedHttpServer(tls: false, ScriptedHttpServer.Answer("200 OK", body));
        int length = 0;
        await WaitAsync(Wait.ForHttp().ForBody(text => (length = text.Length) > 0), ContainerWith(server));
        Assert.Equal(1024 * 1024, length);
    }

    [Fact]
    public async Task Method_headers_credentials_and_body_are_sent()
    {
        await using var server = new ScriptedHttpServer(tls: false, s_ok);
        await WaitAsync(
            Wait.ForHttp(9200, "/_cluster")
                .WithMethod(HttpMethod.Post)
                .WithHeader("X-Probe", "1")
                .WithHeader("Host", "search.example")
                .WithHeader("Content-Type", "application/json")
                .WithBasicAuth("elastic", "päss")
                .WithBody("{}"),
            ContainerWith(server, 9200));

        string request = Assert.Single(server.Requests);
        Assert.StartsWith("POST /_cluster HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("Host: search.example\r\n", request, StringComparison.Ordinal);
        Assert.Contains("X-Probe: 1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/json\r\n", request, StringComparison.Ordinal);
        Assert.Contains("Authorization: Basic ZWxhc3RpYzpww6Rzcw==\r\n", request, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n{}", request, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_in_no_text()
    {
        HttpWait strategy = Wait.ForHttp(80, "/?token=s3cret")
            .WithBasicAuth("user", "s3cret").WithHeader("X-Key", "s3cret").WithBody("s3cret");
        Assert.DoesNotContain("s3cret", strategy.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", strategy.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UsingTls_accepts_a_certificate_that_nobody_has_signed()
    {
        await using var server = new ScriptedHttpServer(tls: true, s_ok);
        await WaitAsync(Wait.ForHttp(443).UsingTls(), ContainerWith(server, 443));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task UsingTls_without_trust_tells_what_is_wrong_with_the_certificate()
    {
        await using var server = new ScriptedHttpServer(tls: true, s_ok);
        Task wait = WaitAsync(Wait.ForHttp(443).UsingTls(trustAny: false), ContainerWith(server, 443));
        await AdvanceOverPausesAsync(2);
        WaitTimeoutException timeout = await AssertTimesOutAsync(wait);
        Assert.IsType<HttpRequestException>(timeout.InnerException);
        Assert.Empty(server.Requests);
        AssertSays("SSL", timeout);
    }

    [Fact]
    public async Task Timed_out_it_tells_the_last_status()
    {
        await using var server = new ScriptedHttpServer(tls: false, s_unavailable);
        Task wait = WaitAsync(Wait.ForHttp(8080, "/health"), ContainerWith(server, 8080));
        await AdvanceOverPausesAsync(2);
        WaitTimeoutException timeout = await AssertTimesOutAsync(wait);
        Assert.Equal("status 503 (ServiceUnavailable)", timeout.LastSeen);
        AssertSays("for GET http://localhost:8080/health inside the container to answer with a success status", timeout);
    }

    [Fact]
    public async Task Timed_out_it_tells_the_last_body()
    {
        await using var server = new ScriptedHttpServer(tls: false, ScriptedHttpServer.Answer("200 OK", "DOWN\r\n"));
        Task wait = WaitAsync(Wait.ForHttp().ForBody(body => body == "UP"), ContainerWith(server));
        await AdvanceOverPausesAsync(2);
        Assert.Equal("status 200 (OK) with the body \"DOWN  \"", (await AssertTimesOutAsync(wait)).LastSeen);
    }

    [Fact]
    public async Task A_request_without_an_answer_is_given_up_and_sent_again()
    {
        await using var server = new ScriptedHttpServer(tls: false, null, s_ok);
        Task wait = WaitAsync(Wait.ForHttp(), ContainerWith(server));
        await server.FirstRequest.WaitAsync(Cancellation);
        Clock.Advance(TimeSpan.FromSeconds(5));
        await AdvanceOverPausesAsync(1);
        await wait;
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task An_answer_that_is_not_HTTP_is_not_yet_one()
    {
        await using var server = new ScriptedHttpServer(tls: false, "SSH-2.0-OpenSSH_9.2\r\n");
        Task wait = WaitAsync(Wait.ForHttp(), ContainerWith(server));
        await AdvanceOverPausesAsync(2);
        Assert.IsType<HttpRequestException>((await AssertTimesOutAsync(wait)).InnerException);
    }

    [Fact]
    public async Task A_condition_that_throws_fails_the_wait()
    {
        await using var server = new ScriptedHttpServer(tls: false, s_ok);
        var bug = new FormatException("Not JSON.");
        Task wait = WaitAsync(Wait.ForHttp().ForBody(_ => throw bug), ContainerWith(server));
        await Clock.AdvanceOverExitGracePeriodAsync(Cancellation);
        Assert.Same(bug, (await Assert.ThrowsAsync<WaitFailedException>(() => wait)).InnerException);
    }

    [Theory]
    [InlineData(0, "/")]
    [InlineData(80, "health")]
    [InlineData(80, "")]
    public void ForHttp_refuses_what_is_no_port_or_path(int port, string path) =>
        Assert.ThrowsAny<ArgumentException>(() => Wait.ForHttp(port, path));

    [Theory]
    [InlineData("X Probe", "1")]
    [InlineData("", "1")]
    [InlineData("X-Probe", "1\r\nX-Other: 2")]
    public void WithHeader_refuses_what_HTTP_forbids(string name, string value) =>
        Assert.Throws<ArgumentException>(() => Wait.ForHttp().WithHeader(name, value));

    private static FakeContainer ContainerWith(ScriptedHttpServer server, int port = 80)
    {
        var container = new FakeContainer { Dial = server.DialAsync };
        container.OpenPort(port);
        return container;
    }

    private async Task AdvanceOverPausesAsync(int count)
    {
        for (int i = 0; i < count; i++)
            await Clock.AdvanceOverPauseAsync(Cancellation);
    }
}
