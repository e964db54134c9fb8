module github.com/relent-go/relent/mvn/sklearn

go 1.24.0

replace github.com/relent-go/relent => ../..

require (
	github.com/relent-go/relent v0.0.0-00010101000000-000000000000
	github.com/sbinet/npyio v0.6.0
	gonum.org/v1/gonum v0.17.0
)

require (
	github.com/klauspost/cpuid/v2 v2.4.2 // indirect
	golang.org/x/sys v0.41.0 // indirect
)
