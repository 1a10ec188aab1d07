// What go-spiffe says of a trust domain, to hold our reading against.
//
//	go run . vectors example.org > ../go-spiffe.json   writes what the tests read
//	go run . verify DOMAIN BUNDLE TOKEN AUDIENCE       verifies a JWT-SVID by a bundle that was read at our endpoint
//	go run . call DOMAIN BUNDLE CA                     writes a bundle to the file BUNDLE, reads an address and a body from standard
//	                                                   input, and posts it there with an X.509-SVID, trusting the authority in CA
//	go run . workload ADDRESS AUDIENCE                 takes all that the Workload API at ADDRESS (unix:///…) hands out, verifies
//	                                                   it, and speaks TLS with itself by it
//	go run . PATH example.org                          serves the Workload API on the socket PATH, until it is ended
package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/spiffe/go-spiffe/v2/bundle/jwtbundle"
	"github.com/spiffe/go-spiffe/v2/bundle/spiffebundle"
	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/federation"
	"github.com/spiffe/go-spiffe/v2/proto/spiffe/workload"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"
	"github.com/spiffe/go-spiffe/v2/svid/jwtsvid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
	"github.com/spiffe/go-spiffe/v2/workloadapi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

type server struct {
	workload.UnimplementedSpiffeWorkloadAPIServer
	x509 map[string][]byte
	jwt  map[string][]byte
}

func guard(ctx context.Context) error {
	md, _ := metadata.FromIncomingContext(ctx)
	if v := md.Get("workload.spiffe.io"); len(v) != 1 || v[0] != "true" {
		return status.Error(codes.InvalidArgument, "security header missing from request")
	}
	return nil
}

func (s *server) FetchX509Bundles(_ *workload.X509BundlesRequest, stream workload.SpiffeWorkloadAPI_FetchX509BundlesServer) error {
	if err := guard(stream.Context()); err != nil {
		return err
	}
	if err := stream.Send(&workload.X509BundlesResponse{Bundles: s.x509}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

func (s *server) FetchJWTBundles(_ *workload.JWTBundlesRequest, stream workload.SpiffeWorkloadAPI_FetchJWTBundlesServer) error {
	if err := guard(stream.Context()); err != nil {
		return err
	}
	if err := stream.Send(&workload.JWTBundlesResponse{Bundles: s.jwt}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func verify(domain, address, token, audience string) {
	td := spiffeid.RequireTrustDomainFromString(domain)
	bundle, err := federation.FetchBundle(context.Background(), td, address)
	must(err)
	svid, err := jwtsvid.ParseAndValidate(token, bundle, []string{audience})
	must(err)
	sequence, _ := bundle.SequenceNumber()
	fmt.Println(svid.ID, sequence)
}

func main() {
	if os.Args[1] == "call" {
		call(spiffeid.RequireTrustDomainFromString(os.Args[2]), os.Args[3], os.Args[4])
		return
	}
	if os.Args[1] == "workload" {
		beWorkload(os.Args[2], os.Args[3])
		return
	}
	if os.Args[1] == "verify" {
		verify(os.Args[2], os.Args[3], os.Args[4], os.Args[5])
		return
	}
	td := spiffeid.RequireTrustDomainFromString(os.Args[2])
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	id, _ := url.Parse("spiffe://" + td.Name())
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, URIs: []*url.URL{id}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	must(err)
	jb := jwtbundle.New(td)
	must(jb.AddJWTAuthority("authority-1", key.Public()))
	jwks, err := jb.Marshal()
	must(err)
	b := spiffebundle.New(td)
	ca, _ := x509.ParseCertificate(der)
	b.AddX509Authority(ca)
	must(b.AddJWTAuthority("authority-1", key.Public()))
	b.SetSequenceNumber(7)
	b.SetRefreshHint(time.Minute)
	whole, err := b.Marshal()
	must(err)
	bundles := map[string][]byte{td.IDString(): der, "spiffe://other.example": der}
	jwts := map[string][]byte{td.IDString(): jwks}
	if os.Args[1] == "vectors" {
		writeVectors(td, key, ca, whole, bundles, jwts)
		return
	}
	l, err := net.Listen("unix", os.Args[1])
	must(err)
	s := grpc.NewServer()
	workload.RegisterSpiffeWorkloadAPIServer(s, &server{x509: bundles, jwt: jwts})
	line, _ := json.Marshal(map[string]any{"listening": os.Args[1], "bundle": json.RawMessage(whole)})
	fmt.Println(string(line))
	must(s.Serve(l))
}

func writeVectors(td spiffeid.TrustDomain, key *ecdsa.PrivateKey, ca *x509.Certificate, whole []byte, bundles, jwts map[string][]byte) {
	x509Message, err := proto.Marshal(&workload.X509BundlesResponse{Bundles: bundles})
	must(err)
	jwtMessage, err := proto.Marshal(&workload.JWTBundlesResponse{Bundles: jwts})
	must(err)
	id := spiffeid.RequireFromPath(td, "/ns/docs/sa/reader")
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, URIs: []*url.URL{id.URL()}}
	leaf, err := x509.CreateCertificate(rand.Reader, tmpl, ca, leafKey.Public(), key)
	must(err)
	parsed, err := x509.ParseCertificate(leaf)
	must(err)
	_, _, err = x509svid.Verify([]*x509.Certificate{parsed}, x509bundle.FromX509Authorities(td, []*x509.Certificate{ca}))
	must(err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "authority-1"}}, (&jose.SignerOptions{}).WithType("JWT"))
	must(err)
	now := time.Now()
	token, err := jwt.Signed(signer).Claims(jwt.Claims{Subject: id.String(), Audience: jwt.Audience{"https://remit.example"}, IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(5 * time.Minute))}).Serialize()
	must(err)
	b, err := jwtbundle.Parse(td, jwts[td.IDString()])
	must(err)
	_, err = jwtsvid.ParseAndValidate(token, b, []string{"https://remit.example"})
	must(err)
	out, err := json.MarshalIndent(map[string]any{"by": "github.com/spiffe/go-spiffe/v2 v2.9.0", "nowMs": now.UnixMilli(), "spiffeId": id.String(), "bundle": json.RawMessage(whole), "x509Bundles": x509Message, "jwtBundles": jwtMessage, "x509Svid": leaf, "jwtSvid": token}, "", "  ")
	must(err)
	fmt.Println(string(out))
}

// call is what a workload on go-spiffe does: an SVID as the client's side of TLS, the Web's way for the server's.
func call(td spiffeid.TrustDomain, bundleFile, caFile string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	now := time.Now()
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, URIs: []*url.URL{{Scheme: "spiffe", Host: td.Name()}}}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	must(err)
	authority, err := x509.ParseCertificate(der)
	must(err)
	b := spiffebundle.FromX509Authorities(td, []*x509.Certificate{authority})
	b.SetSequenceNumber(1)
	text, err := b.Marshal()
	must(err)
	must(os.WriteFile(bundleFile, text, 0o600))
	id := spiffeid.RequireFromPath(td, "/ns/docs/sa/reader")
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, URIs: []*url.URL{id.URL()}}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	leafDer, err := x509.CreateCertificate(rand.Reader, leaf, authority, own.Public(), key)
	must(err)
	parsed, err := x509.ParseCertificate(leafDer)
	must(err)
	fmt.Println("ready")
	in := bufio.NewReader(os.Stdin)
	address, _ := in.ReadString('\n')
	body, _ := in.ReadString('\n')
	pem, err := os.ReadFile(caFile)
	must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	svid := &x509svid.SVID{ID: id, Certificates: []*x509.Certificate{parsed}, PrivateKey: own}
	config := tlsconfig.MTLSWebClientConfig(svid, roots)
	config.ServerName = "localhost"
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	answer, err := client.Post(strings.TrimSpace(address), "application/json", strings.NewReader(body))
	must(err)
	told, err := io.ReadAll(answer.Body)
	must(err)
	fmt.Println(answer.StatusCode, string(told))
}

// beWorkload is what a workload on go-spiffe does with a Workload API, whosever it is.
func beWorkload(address, audience string) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	client, err := workloadapi.New(ctx, workloadapi.WithAddr(address))
	must(err)
	defer client.Close()
	svid, err := client.FetchX509SVID(ctx)
	must(err)
	bundles, err := client.FetchX509Bundles(ctx)
	must(err)
	_, _, err = x509svid.Verify(svid.Certificates, bundles)
	must(err)
	fmt.Println("x509-svid", svid.ID)
	jwt, err := client.FetchJWTSVID(ctx, jwtsvid.Params{Audience: audience})
	must(err)
	jwtBundles, err := client.FetchJWTBundles(ctx)
	must(err)
	_, err = jwtsvid.ParseAndValidate(jwt.Marshal(), jwtBundles, []string{audience})
	must(err)
	again, err := client.ValidateJWTSVID(ctx, jwt.Marshal(), audience)
	must(err)
	fmt.Println("jwt-svid", again.ID, again.Claims["aud"])
	if _, err = client.ValidateJWTSVID(ctx, jwt.Marshal(), "https://other.example"); err == nil {
		must(fmt.Errorf("a JWT-SVID counted for another audience"))
	}
	source, err := workloadapi.NewX509Source(ctx, workloadapi.WithClient(client))
	must(err)
	defer source.Close()
	must(speak(ctx, source, svid.ID))
	fmt.Println("tls", svid.ID)
}

// speak connects to itself, each side by its SVID and held to be the other.
func speak(ctx context.Context, source *workloadapi.X509Source, id spiffeid.ID) error {
	listener, err := tls.Listen("tcp", "127.0.0.1:0", tlsconfig.MTLSServerConfig(source, source, tlsconfig.AuthorizeID(id)))
	if err != nil {
		return err
	}
	defer listener.Close()
	told := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, err = conn.Write([]byte("hello"))
			conn.Close()
		}
		told <- err
	}()
	conn, err := tls.Dial("tcp", listener.Addr().String(), tlsconfig.MTLSClientConfig(source, source, tlsconfig.AuthorizeID(id)))
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err = io.ReadAll(conn); err != nil {
		return err
	}
	return <-told
}
